// Iterative logarithmic multiplier (Babic et al., Microprocessors and Microsystems, 2011): each of N stages takes the
// leading ones off both operands, adds the product without that of the residues, and hands the residues on.
//
// Worked example, WIDTH = 8, N = 2: 200 * 100: stage 1 gives 17408 and leaves 72 * 36; stage 2 gives 2560; p = 19968.
module iterative_log #(
    parameter WIDTH = 8,  // bits of each operand, 2 to 16
    parameter N = 2       // stages, 1 to 3
) (
    input  wire [WIDTH-1:0]   a_i,
    input  wire [WIDTH-1:0]   b_i,
    output wire [2*WIDTH-1:0] p_o
);
  generate
    if (WIDTH < 2 || WIDTH > 16) begin : g_bad_width
      illegal_WIDTH_must_be_2_to_16 u_bad ();
    end
    if (N < 1 || N > 3) begin : g_bad_n
      illegal_N_must_be_1_to_3 u_bad ();
    end
  endgenerate

  // Word n is the operand of stage n; the last word is what no stage takes up.
  wire [(N+1)*WIDTH-1:0] a_rest;
  wire [(N+1)*WIDTH-1:0] b_rest;
  wire [N*2*WIDTH-1:0] products;
  assign a_rest[WIDTH-1:0] = a_i;
  assign b_rest[WIDTH-1:0] = b_i;
  genvar n;
  generate
    for (n = 0; n < N; n = n + 1) begin : g_stage
      logarithmic_stage #(.WIDTH(WIDTH)) u_stage (
          .a_i(a_rest[(n+1)*WIDTH-1:n*WIDTH]),
          .b_i(b_rest[(n+1)*WIDTH-1:n*WIDTH]),
          .a_residue_o(a_rest[(n+2)*WIDTH-1:(n+1)*WIDTH]),
          .b_residue_o(b_rest[(n+2)*WIDTH-1:(n+1)*WIDTH]),
          .p_o(products[(n+1)*2*WIDTH-1:n*2*WIDTH])
      );
    end
  endgenerate
  wire unused_rest = |{a_rest[(N+1)*WIDTH-1:N*WIDTH], b_rest[(N+1)*WIDTH-1:N*WIDTH]};
  sum_of_words #(.WIDTH(2 * WIDTH), .COUNT(N)) u_sum (.words_i(products), .sum_o(p_o));
endmodule
