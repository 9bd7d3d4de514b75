// For properties: rounds of `length_i` ticks, `rounds_i` of them from a start on, counted down: how many ticks are left of this round,
// and how many rounds with this one; 0 rounds: all is over. Neither number may change while rounds are left, nor be zero, and no tick
// comes when none is left, or with a start: the surroundings promise that.
module counted_down #(
    parameter LENGTH = 16  // bits
) (
    input  wire              clk_i,
    input  wire              rst_ni,
    input  wire              start_i,
    input  wire              tick_i,
    input  wire [LENGTH-1:0] length_i,
    input  wire [12:0]       rounds_i,
    output wire              begun_o,   // not the first cycle, which is a reset
    output wire [LENGTH-1:0] ticks_o,
    output wire [12:0]       rounds_o
);
  localparam [LENGTH-1:0] ONE = 1;
  reg begun_q = 1'b0;
  reg [LENGTH-1:0] ticks_q;
  reg [12:0] left_q;
  reg [LENGTH-1:0] length_q;
  reg [12:0] rounds_q;
  wire round_ends = tick_i & ticks_q == ONE;
  always @(posedge clk_i) begin
    begun_q <= 1'b1;
    {length_q, rounds_q} <= {length_i, rounds_i};
    if (start_i | round_ends) ticks_q <= length_i;
    else if (tick_i) ticks_q <= ticks_q - ONE;
    if (!rst_ni) left_q <= 13'd0;
    else if (start_i) left_q <= rounds_i;
    else if (round_ends) left_q <= left_q - 13'd1;
  end
  wire wanted = left_q != 13'd0;
  always @(*) begin
    if (!begun_q) assume (!rst_ni);
    assume (length_i != {LENGTH{1'b0}} & rounds_i != 13'd0);
    if (begun_q & wanted) assume (length_i == length_q & rounds_i == rounds_q);
    assume (!tick_i | (wanted & ~start_i));
    if (begun_q & wanted) assert (ticks_q != {LENGTH{1'b0}} & ticks_q <= length_i & left_q <= rounds_i);
  end
  assign begun_o = begun_q;
  assign ticks_o = ticks_q;
  assign rounds_o = left_q;
endmodule
