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
  // Word i is the operand as rounded if its leading one were below bit i; the last word is that for every operand.
  wire [(WIDTH+1)*WIDTH-1:0] a;
  wire [(WIDTH+1)*WIDTH-1:0] b;
  assign a[WIDTH-1:0] = {WIDTH{1'b0}};
  assign b[WIDTH-1:0] = {WIDTH{1'b0}};
  genvar i;
  generate
    for (i = 0; i < WIDTH; i = i + 1) begin : g_leading
      if (i < K) begin : g_whole
        assign a[(i+2)*WIDTH-1:(i+1)*WIDTH] = a_i;
        assign b[(i+2)*WIDTH-1:(i+1)*WIDTH] = b_i;
      end else begin : g_cut
        wire [WIDTH-1:0] last = {{WIDTH - 1{1'b0}}, 1'b1} << (i + 1 - K);
        wire [WIDTH-1:0] kept = {WIDTH{1'b1}} << (i + 1 - K);
        assign a[(i+2)*WIDTH-1:(i+1)*WIDTH] = a_i[i] ? (a_i & kept) | last : a[(i+1)*WIDTH-1:i*WIDTH];
        assign b[(i+2)*WIDTH-1:(i+1)*WIDTH] = b_i[i] ? (b_i & kept) | last : b[(i+1)*WIDTH-1:i*WIDTH];
      end
    end
  endgenerate
  assign p_o = a[(WIDTH+1)*WIDTH-1:WIDTH*WIDTH] * b[(WIDTH+1)*WIDTH-1:WIDTH*WIDTH];
endmodule
