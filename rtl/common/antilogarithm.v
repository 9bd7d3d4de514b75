// mantissa * 2^exponent, rounded down, where the mantissa has FRACTION bits behind its point; what lies beyond WIDTH bits
// wraps.
//
// Worked example, WIDTH = 16, MANTISSA = 9, FRACTION = 7: mantissa 9'b01_0010000 (1.125), exponent 14 -> 16'd18432.
module antilogarithm #(
    parameter WIDTH = 16,
    parameter EXPONENT = 4,  // bits of the exponent
    parameter MANTISSA = 9,  // bits of the mantissa, more than FRACTION and at most WIDTH + FRACTION
    parameter FRACTION = 7   // those of them behind the point, at least 1
) (
    input  wire [EXPONENT-1:0] exponent_i,
    input  wire [MANTISSA-1:0] mantissa_i,
    output wire [WIDTH-1:0]    value_o
);
  wire [WIDTH+FRACTION:0] scaled = {{(WIDTH + FRACTION + 1 - MANTISSA) {1'b0}}, mantissa_i} << exponent_i;
  assign value_o = scaled[WIDTH+FRACTION-1:FRACTION];
  wire unused = scaled[WIDTH+FRACTION] | (|scaled[FRACTION-1:0]);
endmodule
