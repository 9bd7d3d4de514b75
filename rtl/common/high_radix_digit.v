// Rounds the size of a signed digit of K bits, 0 to 2^(K-1), to the nearest of 0, 1, 2, 4 and 8 units of 2^(K-4), halves up,
// and gives it as a one-hot mask of units, all zero for 0.
//
// Worked example, K = 8: size 23 -> 4'b0001 (16), 24 -> 4'b0010 (32), 7 -> 4'b0000, 128 -> 4'b1000 (128).
module high_radix_digit #(
    parameter K = 8  // 4 or more
) (
    input  wire [K-1:0] size_i,
    output wire [3:0]   units_o
);
  // Thresholds are 1/2, 3/2, 3 and 6 units; both sides are doubled.
  wire [K:0] twice = {size_i, 1'b0};
  wire [K:0] unit = {{K{1'b0}}, 1'b1} << (K - 4);
  wire one = twice >= unit;
  wire two = twice >= unit + (unit << 1);
  wire four = twice >= (unit << 1) + (unit << 2);
  wire eight = twice >= (unit << 2) + (unit << 3);
  assign units_o = {eight, four & ~eight, two & ~four, one & ~two};
endmodule
