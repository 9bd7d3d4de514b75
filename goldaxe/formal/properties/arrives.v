// Property: what goes in at value_i is at delayed_i exactly CYCLES cycles later, and zero there if a reset came in or after its cycle.
//
// One cycle is watched, chosen freely by mark_i, so all are. A watch that is under way can be dropped and begun anew.
//
// Worked example, CYCLES = 2: value_i = 5 with mark_i in cycle 0, rst_ni = 1 in cycles 0 and 1: delayed_i must be 5 in cycle 2.
module arrives #(
    parameter WIDTH = 1,
    parameter CYCLES = 1
) (
    input wire             clk_i,
    input wire             rst_ni,
    input wire             mark_i,
    input wire [WIDTH-1:0] value_i,
    input wire [WIDTH-1:0] delayed_i
);
  reg [7:0] age_q = 8'd0;  // 0: nothing is watched
  reg [WIDTH-1:0] kept_q;
  always @(posedge clk_i) begin
    if (mark_i) age_q <= 8'd1;
    else if (age_q != 8'd0) age_q <= age_q == CYCLES ? 8'd0 : age_q + 8'd1;
    kept_q <= (mark_i ? value_i : kept_q) & {WIDTH{rst_ni}};
  end
  always @(*) begin
    assert (age_q <= CYCLES);
    if (age_q == CYCLES) assert (delayed_i == kept_q);
  end
endmodule
