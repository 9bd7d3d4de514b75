// Sign and magnitude of a two's complement number; the most negative one, -2^(WIDTH-1), has the magnitude 2^(WIDTH-1).
//
// Worked example, WIDTH = 8: 8'hf6 (-10) -> negative 1, magnitude 8'h0a; 8'h80 (-128) -> negative 1, magnitude 8'h80.
module magnitude #(
    parameter WIDTH = 8
) (
    input  wire [WIDTH-1:0] value_i,
    output wire [WIDTH-1:0] magnitude_o,
    output wire             negative_o
);
  assign negative_o = value_i[WIDTH-1];
  assign magnitude_o = negative_o ? -value_i : value_i;
endmodule
