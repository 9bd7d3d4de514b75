// The sums of one column while the tiles that add to them pass: DEPTH words, read into the array's top and written from its
// bottom, one of each a cycle. The memory's output is a register, as SRAMs have it; a sum that is being written, or was
// written at the edge at which it is read, is passed on, so a word may be read again from the cycle before it is written.
//
// Timing: read_address_i and read_zero_i in cycle n, sum_o in cycle n + 1. What is written in cycle n + 1 or before counts.
//
// Worked example: 115 is written to word 3 in cycle 9; reading word 3 in cycle 8 gives 115 in cycle 9 straight from sum_i,
// reading it in cycle 20 gives 115 in cycle 21. With read_zero_i it gives 0: a new sum begins.
module accumulator_bank #(
    parameter WIDTH = 32,  // bits of a sum
    parameter DEPTH = 64,  // words, 1 to 65536
    parameter ADDRESS = DEPTH < 2 ? 1 : $clog2(DEPTH)  // bits of an address: derived, not to be set
) (
    input  wire               clk_i,
    input  wire               read_zero_i,
    input  wire [ADDRESS-1:0] read_address_i,
    output wire [WIDTH-1:0]   sum_o,
    input  wire               write_i,
    input  wire [ADDRESS-1:0] write_address_i,
    input  wire [WIDTH-1:0]   sum_i
);
  generate
    if (DEPTH < 1 || DEPTH > 65536) begin : g_bad_depth
      illegal_DEPTH_must_be_1_to_65536 u_bad ();
    end
    if (ADDRESS != (DEPTH < 2 ? 1 : $clog2(DEPTH))) begin : g_bad_address
      illegal_ADDRESS_must_be_clog2_DEPTH u_bad ();
    end
  endgenerate

  reg [WIDTH-1:0] words_q [0:DEPTH-1];
  reg [WIDTH-1:0] read_q;
  reg [ADDRESS-1:0] read_address_q;
  reg read_zero_q;
  reg [WIDTH-1:0] passed_q;
  reg pass_q;
  always @(posedge clk_i) begin
    if (write_i) words_q[write_address_i] <= sum_i;
    read_q <= words_q[read_address_i];
    read_address_q <= read_address_i;
    read_zero_q <= read_zero_i;
    passed_q <= sum_i;
    pass_q <= write_i & (write_address_i == read_address_i);
  end

  wire pass_now = write_i & (write_address_i == read_address_q);
  assign sum_o = read_zero_q ? {WIDTH{1'b0}} : pass_now ? sum_i : pass_q ? passed_q : read_q;
endmodule
