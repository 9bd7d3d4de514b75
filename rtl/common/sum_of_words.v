// Sum of COUNT words of WIDTH bits, word n at bits n*WIDTH and up; a sum beyond WIDTH bits wraps.
// Written as a chain: the additions are exact, so their order is left to synthesis.
//
// Worked example, WIDTH = 8, COUNT = 3: words_i = {8'd100, 8'd20, 8'd3} -> sum_o = 8'd123.
module sum_of_words #(
    parameter WIDTH = 8,
    parameter COUNT = 3  // at least 1
) (
    input  wire [COUNT*WIDTH-1:0] words_i,
    output wire [WIDTH-1:0]       sum_o
);
  // partial: word n holds the sum of words 0 to n.
  wire [COUNT*WIDTH-1:0] partial;
  assign partial[WIDTH-1:0] = words_i[WIDTH-1:0];
  assign sum_o = partial[COUNT*WIDTH-1:(COUNT-1)*WIDTH];
  genvar n;
  generate
    for (n = 1; n < COUNT; n = n + 1) begin : g_word
      assign partial[(n+1)*WIDTH-1:n*WIDTH] = partial[n*WIDTH-1:(n-1)*WIDTH] + words_i[(n+1)*WIDTH-1:n*WIDTH];
    end
  endgenerate
endmodule
