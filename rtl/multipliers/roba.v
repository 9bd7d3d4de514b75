// RoBA (Zendegani et al., IEEE TVLSI 2017): with Ar and Br the powers of two nearest to the operands, the product is
// Ar*B + Br*A - Ar*Br: three shifts, an addition and a subtraction.
//
// Worked example, WIDTH = 8: 200 -> 256, 100 -> 128; p = 256*100 + 128*200 - 256*128 = 18432.
module roba #(
    parameter WIDTH = 8  // bits of each operand, 2 to 16
) (
    input  wire [WIDTH-1:0]   a_i,
    input  wire [WIDTH-1:0]   b_i,
    output wire [2*WIDTH-1:0] p_o
);
  generate
    if (WIDTH < 2 || WIDTH > 16) begin : g_bad_width
      illegal_WIDTH_must_be_2_to_16 u_bad ();
    end
  endgenerate

  wire [WIDTH:0] a_power;
  wire [WIDTH:0] b_power;
  nearest_power #(.WIDTH(WIDTH)) u_a (.value_i(a_i), .onehot_o(a_power));
  nearest_power #(.WIDTH(WIDTH)) u_b (.value_i(b_i), .onehot_o(b_power));

  wire [2*WIDTH-1:0] a_power_b;
  wire [2*WIDTH-1:0] b_power_a;
  wire [2*WIDTH:0]   powers;
  shift_by_onehot #(.WIDTH(WIDTH), .PLACES(WIDTH + 1)) u_ab (.value_i(b_i), .onehot_i(a_power), .shifted_o(a_power_b));
  shift_by_onehot #(.WIDTH(WIDTH), .PLACES(WIDTH + 1)) u_ba (.value_i(a_i), .onehot_i(b_power), .shifted_o(b_power_a));
  shift_by_onehot #(.WIDTH(WIDTH + 1), .PLACES(WIDTH + 1)) u_pp (.value_i(a_power), .onehot_i(b_power), .shifted_o(powers));

  // The sum may carry out of the top and the subtraction brings it back: modulo 2^(2*WIDTH) the product is right.
  wire unused_top = powers[2*WIDTH];
  assign p_o = a_power_b + b_power_a - powers[2*WIDTH-1:0];
endmodule
