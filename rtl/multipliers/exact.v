// Exact multiplier: p = a * b, each operand unsigned or two's complement.
//
// Two signed operands are multiplied by Baugh and Wooley's array: a product bit of one sign bit is inverted, which together with
// ones in columns WIDTH and 2*WIDTH-1 stands for its negative weight. What synthesis makes of `*` there is a quarter larger, and
// would flatter whatever is compared with it.
//
// Worked example, WIDTH = 8, both unsigned: 200 * 100 = 20000 (16'h4e20); both signed: a = 8'hc8 = -56, p = -5600 (16'hea20).
module exact #(
    parameter WIDTH = 8,     // bits of each operand, 2 to 16
    parameter A_SIGNED = 0,  // 1: a is two's complement
    parameter B_SIGNED = 0   // 1: b is two's complement
) (
    input  wire [WIDTH-1:0]   a_i,
    input  wire [WIDTH-1:0]   b_i,
    output wire [2*WIDTH-1:0] p_o
);
  genvar i;
  generate
    if (WIDTH < 2 || WIDTH > 16) begin : g_bad_width
      illegal_WIDTH_must_be_2_to_16 u_bad ();
    end
    if (A_SIGNED != 0 && B_SIGNED != 0) begin : g_baugh_wooley
      localparam [2*WIDTH-1:0] TOP = {1'b1, {(2 * WIDTH - 1) {1'b0}}};
      for (i = 0; i < WIDTH; i = i + 1) begin : g_row
        wire [WIDTH-1:0] products = b_i & {WIDTH{a_i[i]}};
        wire [WIDTH-1:0] inverted = products ^ {i != WIDTH - 1, {(WIDTH - 1) {i == WIDTH - 1}}};
        wire [2*WIDTH-1:0] sum;
        if (i == 0) begin : g_first
          assign sum = TOP | (TOP >> (WIDTH - 1)) | {{WIDTH{1'b0}}, inverted};
        end else begin : g_next
          assign sum = g_row[i-1].sum + ({{WIDTH{1'b0}}, inverted} << i);
        end
      end
      assign p_o = g_row[WIDTH-1].sum;
    end else begin : g_extended
      // Operands are extended to the product's width first; the low 2*WIDTH bits of the product are then right for any signs.
      wire a_fill = (A_SIGNED != 0) & a_i[WIDTH-1];
      wire b_fill = (B_SIGNED != 0) & b_i[WIDTH-1];
      assign p_o = {{WIDTH{a_fill}}, a_i} * {{WIDTH{b_fill}}, b_i};
    end
  endgenerate
endmodule
