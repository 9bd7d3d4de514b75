// Multiplier with configurable error recovery (AM1 of Liu et al., DATE 2014): a tree of carry-free adders over the rows of
// partial products; the OR of all their errors is added to the result in the K top columns.
//
// Worked example, WIDTH = 8, K = 16: 200 * 3: rows 200 and 400; s = 344, e = 256; p = 600, exact; 344 with K = 0.
module error_recovery #(
    parameter WIDTH = 8,  // bits of each operand, 2 to 16
    parameter K = 8       // columns with recovery, 0 to 2*WIDTH
) (
    input  wire [WIDTH-1:0]   a_i,
    input  wire [WIDTH-1:0]   b_i,
    output wire [2*WIDTH-1:0] p_o
);
  generate
    if (WIDTH < 2 || WIDTH > 16) begin : g_bad_width
      illegal_WIDTH_must_be_2_to_16 u_bad ();
    end
    if (K < 0 || K > 2 * WIDTH) begin : g_bad_k
      illegal_K_must_be_0_to_2_WIDTH u_bad ();
    end
  endgenerate

  localparam WORD = 2 * WIDTH;
  // A queue: words 0 to WIDTH-1 are the partial products' rows, and adder n takes words 2n and 2n+1 and makes word WIDTH+n.
  // gathered: word n is the OR of the errors of the first n adders.
  wire [(2*WIDTH-1)*WORD-1:0] queue;
  wire [WIDTH*WORD-1:0] gathered;
  partial_product_rows #(.WIDTH(WIDTH), .H(0), .V(0)) u_rows (.a_i(a_i), .b_i(b_i), .rows_o(queue[WIDTH*WORD-1:0]));
  assign gathered[WORD-1:0] = {WORD{1'b0}};
  genvar n;
  generate
    for (n = 0; n < WIDTH - 1; n = n + 1) begin : g_adder
      wire [WORD-1:0] error;
      carry_free_adder #(.WIDTH(WORD)) u_adder (
          .a_i(queue[(2*n+1)*WORD-1:2*n*WORD]),
          .b_i(queue[(2*n+2)*WORD-1:(2*n+1)*WORD]),
          .s_o(queue[(WIDTH+n+1)*WORD-1:(WIDTH+n)*WORD]),
          .e_o(error)
      );
      assign gathered[(n+2)*WORD-1:(n+1)*WORD] = gathered[(n+1)*WORD-1:n*WORD] | error;
    end
  endgenerate

  wire [WORD-1:0] last = queue[(2*WIDTH-1)*WORD-1:(2*WIDTH-2)*WORD];
  wire [WORD-1:0] errors = gathered[WIDTH*WORD-1:(WIDTH-1)*WORD];
  generate
    if (K > 0) begin : g_recovery
      assign p_o = last + ((errors >> (WORD - K)) << (WORD - K));
    end else begin : g_no_recovery
      assign p_o = last;
      wire unused_errors = |errors;
    end
  endgenerate
endmodule
