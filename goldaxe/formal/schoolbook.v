// What `*` is in a proof by induction: the sum, row by row, of A shifted left by j where bit j of B is set. Yosys's own form,
// a tree of carry-save adders, has no inner signals in common with an array, and solvers need those.
//
// Worked example, all 4 bits, unsigned: 5 * 6: rows 0, 10, 20, 0; sums 0, 10, 30 mod 16 = 14, 14.
(* techmap_celltype = "$mul" *)
module schoolbook #(
    parameter A_SIGNED = 0,
    parameter B_SIGNED = 0,
    parameter A_WIDTH = 4,
    parameter B_WIDTH = 4,
    parameter Y_WIDTH = 4
) (
    input  wire [A_WIDTH-1:0] A,
    input  wire [B_WIDTH-1:0] B,
    output wire [Y_WIDTH-1:0] Y
);
  wire [Y_WIDTH-1:0] a;
  wire [Y_WIDTH-1:0] b;
  generate
    if (A_SIGNED) begin : g_signed_a
      assign a = $signed(A);
    end else begin : g_unsigned_a
      assign a = A;
    end
    if (B_SIGNED) begin : g_signed_b
      assign b = $signed(B);
    end else begin : g_unsigned_b
      assign b = B;
    end
  endgenerate

  // sums: word j holds the sum of the rows below j.
  wire [(Y_WIDTH+1)*Y_WIDTH-1:0] sums;
  assign sums[Y_WIDTH-1:0] = {Y_WIDTH{1'b0}};
  assign Y = sums[(Y_WIDTH+1)*Y_WIDTH-1:Y_WIDTH*Y_WIDTH];
  genvar j;
  generate
    for (j = 0; j < Y_WIDTH; j = j + 1) begin : g_row
      assign sums[(j+2)*Y_WIDTH-1:(j+1)*Y_WIDTH] = sums[(j+1)*Y_WIDTH-1:j*Y_WIDTH] + ({Y_WIDTH{b[j]}} & (a << j));
    end
  endgenerate
endmodule
