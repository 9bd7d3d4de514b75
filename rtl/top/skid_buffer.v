// Cuts the paths between a stream's two sides: ready_o is a register, and so are valid_o and data_o. A beat a cycle.
//
// The beat that comes in the cycle in which the far side stops is kept in a second register until it goes on.
//
// Worked example: beats 1, 2, 3 in cycles 0, 1, 2, ready_i low in cycle 1 only. data_o is 1 in cycles 1 and 2 (not taken, then
// taken) and 2 in cycle 3; ready_o is low in cycle 2, while 2 is in the second register, so 3 is taken in cycle 3.
module skid_buffer #(
    parameter WIDTH = 8  // bits of a beat, 1 or more
) (
    input  wire             clk_i,
    input  wire             rst_ni,   // synchronous; drops both beats
    input  wire             valid_i,
    output wire             ready_o,
    input  wire [WIDTH-1:0] data_i,
    output wire             valid_o,
    input  wire             ready_i,
    output wire [WIDTH-1:0] data_o
);
  generate
    if (WIDTH < 1) begin : g_bad_width
      illegal_WIDTH_must_be_1_or_more u_bad ();
    end
  endgenerate

  reg ready_q;  // low while the second register is in use, and during a reset
  reg valid_q;
  reg [WIDTH-1:0] data_q;
  reg second_q;
  reg [WIDTH-1:0] second_data_q;
  wire accept = valid_i & ready_q;
  wire move = ready_i | ~valid_q;  // the first register takes a new beat

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      ready_q <= 1'b0;
      valid_q <= 1'b0;
      second_q <= 1'b0;
    end else begin
      second_q <= ~move & (second_q | accept);
      ready_q <= move | ~(second_q | accept);
      if (move) valid_q <= second_q | accept;
    end
  end

  always @(posedge clk_i) begin
    if (move) data_q <= second_q ? second_data_q : data_i;
    if (accept) second_data_q <= data_i;
  end

  assign ready_o = ready_q;
  assign valid_o = valid_q;
  assign data_o = data_q;
endmodule
