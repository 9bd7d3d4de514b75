// The partial-product array of an unsigned multiplier, one word of 2*WIDTH bits for each bit j of b, from which the rows
// j < H and the columns i + j < V are left out. The sum of all words is the product.
//
// Worked example, WIDTH = 2, H = 0, V = 1, a = b = 3: row 0 = 4'b0010 (column 0 dropped), row 1 = 4'b0110; sum 8 = 9 - 1.
module partial_product_rows #(
    parameter WIDTH = 8,
    parameter H = 0,  // rows dropped, 0 to WIDTH-1
    parameter V = 0   // columns dropped, 0 to 2*WIDTH-2
) (
    input  wire [WIDTH-1:0]         a_i,
    input  wire [WIDTH-1:0]         b_i,
    output wire [2*WIDTH*WIDTH-1:0] rows_o
);
  localparam WORD = 2 * WIDTH;

  genvar i, j;
  generate
    for (j = 0; j < WIDTH; j = j + 1) begin : g_row
      wire [WIDTH-1:0] cells;
      for (i = 0; i < WIDTH; i = i + 1) begin : g_cell
        assign cells[i] = a_i[i] & b_i[j] & (j >= H) & (i + j >= V);
      end
      assign rows_o[(j+1)*WORD-1:j*WORD] = {{WIDTH{1'b0}}, cells} << j;
    end
  endgenerate
endmodule
