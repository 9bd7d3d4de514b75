// One stage of a compressor tree: each group of four words becomes two, a sum and a carry row. Group n has its full columns,
// those where all four words have an entry, n * STEP columns left of those of group 0.
//
// Worked example, WIDTH = 8, GROUPS = 1, CELL = 4, FULL = 8'b0000_1000: the rows of 15 * 15, 15, 30, 60 and 120, have
// sum 93 and carry 124; 217, as the four ones of column 3 count as three.
module compressor_stage #(
    parameter WIDTH = 16,
    parameter GROUPS = 2,
    parameter CELL = 4,  // 1 to 6, see compressor_row
    parameter STEP = 4,
    parameter [WIDTH-1:0] FULL = {WIDTH{1'b1}}
) (
    input  wire [4*GROUPS*WIDTH-1:0] words_i,
    output wire [2*GROUPS*WIDTH-1:0] words_o
);
  genvar n;
  generate
    for (n = 0; n < GROUPS; n = n + 1) begin : g_group
      compressor_row #(.WIDTH(WIDTH), .CELL(CELL), .FULL(FULL << (n * STEP))) u_row (
          .x1_i(words_i[(4*n+1)*WIDTH-1:4*n*WIDTH]),
          .x2_i(words_i[(4*n+2)*WIDTH-1:(4*n+1)*WIDTH]),
          .x3_i(words_i[(4*n+3)*WIDTH-1:(4*n+2)*WIDTH]),
          .x4_i(words_i[(4*n+4)*WIDTH-1:(4*n+3)*WIDTH]),
          .sum_o(words_o[(2*n+1)*WIDTH-1:2*n*WIDTH]),
          .carry_o(words_o[(2*n+2)*WIDTH-1:(2*n+1)*WIDTH])
      );
    end
  endgenerate
endmodule
