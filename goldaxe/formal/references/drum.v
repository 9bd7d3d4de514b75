// Reference of drum: the product of the operands as DRUM rounds them. From 2^K on, an operand keeps its K bits from the
// leading one down, the last of them is 1 whatever it was, and those below are 0.
//
// Worked example, WIDTH = 8, K = 4: 200 = 1100_1000 -> 1101_0000 = 208, 100 = 0110_0100 -> 0110_1000 = 104; p = 21632.
module drum #(
    parameter WIDTH = 8,
    parameter K = 4
) (
    input  wire [WIDTH-1:0]   a_i,
    input  wire [WIDTH-1:0]   b_i,
    output wire [2*WIDTH-1:0] p_o
);
  localparam STEPS = WIDTH - K;

  // Word n is the operand as rounded if its leading one is below bit K + n; the last word is right for every operand.
  wire [(STEPS+1)*WIDTH-1:0] a;
  wire [(STEPS+1)*WIDTH-1:0] b;
  assign a[WIDTH-1:0] = a_i;
  assign b[WIDTH-1:0] = b_i;
  genvar n;
  generate
    for (n = 0; n < STEPS; n = n + 1) begin : g_leading
      wire [WIDTH-1:0] last = {{WIDTH - 1{1'b0}}, 1'b1} << (n + 1);
      wire [WIDTH-1:0] kept = {WIDTH{1'b1}} << (n + 1);
      assign a[(n+2)*WIDTH-1:(n+1)*WIDTH] = a_i[K+n] ? (a_i & kept) | last : a[(n+1)*WIDTH-1:n*WIDTH];
      assign b[(n+2)*WIDTH-1:(n+1)*WIDTH] = b_i[K+n] ? (b_i & kept) | last : b[(n+1)*WIDTH-1:n*WIDTH];
    end
  endgenerate
  assign p_o = a[(STEPS+1)*WIDTH-1:STEPS*WIDTH] * b[(STEPS+1)*WIDTH-1:STEPS*WIDTH];
endmodule
