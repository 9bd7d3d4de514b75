// A memory with one write port and one read port, both synchronous, as small SRAMs have them: each column's requantisation
// settings, a word for each column block. What is written at an edge is not yet read at the same edge.
//
// Worked example: 7 is written to word 2 in cycle 0. Reading word 2 in cycle 0 gives what was there before, in cycle 1; reading
// it in cycle 1 gives 7 in cycle 2.
module settings_memory #(
    parameter WIDTH = 69,  // bits of a word
    parameter DEPTH = 16,  // words, 1 to 4096
    parameter ADDRESS = DEPTH < 2 ? 1 : $clog2(DEPTH)  // bits of an address: derived, not to be set
) (
    input  wire               clk_i,
    input  wire               write_i,
    input  wire [ADDRESS-1:0] write_address_i,
    input  wire [WIDTH-1:0]   word_i,
    input  wire [ADDRESS-1:0] read_address_i,
    output wire [WIDTH-1:0]   word_o
);
  generate
    if (DEPTH < 1 || DEPTH > 4096) begin : g_bad_depth
      illegal_DEPTH_must_be_1_to_4096 u_bad ();
    end
    if (ADDRESS != (DEPTH < 2 ? 1 : $clog2(DEPTH))) begin : g_bad_address
      illegal_ADDRESS_must_be_clog2_DEPTH u_bad ();
    end
  endgenerate

  reg [WIDTH-1:0] words_q [0:DEPTH-1];
  reg [WIDTH-1:0] read_q;
  always @(posedge clk_i) begin
    if (write_i) words_q[write_address_i] <= word_i;
    read_q <= words_q[read_address_i];
  end
  assign word_o = read_q;
endmodule
