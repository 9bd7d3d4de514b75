// Radix-4 Booth digit of bits {2i+1, 2i, 2i-1}: 0, or 1 or 2 with a sign.
//
// Worked example: 3'b011 -> negative 0, one 0, two 1 (+2); 3'b101 -> negative 1, one 1, two 0 (-1); 3'b111 -> all 0.
module booth_digit (
    input  wire [2:0] bits_i,
    output wire       negative_o,
    output wire       one_o,
    output wire       two_o
);
  assign negative_o = bits_i[2] & ~(bits_i[1] & bits_i[0]);
  assign one_o = bits_i[1] ^ bits_i[0];
  assign two_o = (bits_i == 3'b011) | (bits_i == 3'b100);
endmodule
