// Two's complement number of a sign and a magnitude; the magnitude fits WIDTH - 1 bits, or is 2^(WIDTH-1) and negative.
//
// Worked example, WIDTH = 16: magnitude 16'd100, negative 1 -> 16'hff9c (-100).
module apply_sign #(
    parameter WIDTH = 16
) (
    input  wire [WIDTH-1:0] magnitude_i,
    input  wire             negative_i,
    output wire [WIDTH-1:0] value_o
);
  assign value_o = negative_i ? -magnitude_i : magnitude_i;
endmodule
