// Reference of broken_array: a times b without its H low bits, less what each other row j < V loses, (a mod 2^(V-j)) * 2^j.
//
// Worked example, WIDTH = 8, H = 3, V = 7: 200 * 100: b without its low bits is 96; rows 5 and 6 lose nothing; p = 19200.
module broken_array #(
    parameter WIDTH = 8,
    parameter H = 2,
    parameter V = 5
) (
    input  wire [WIDTH-1:0]   a_i,
    input  wire [WIDTH-1:0]   b_i,
    output wire [2*WIDTH-1:0] p_o,
    output wire [2*WIDTH-1:0] plus_o,  // p_o = plus_o - minus_o, each a sum over digits
    output wire [2*WIDTH-1:0] minus_o
);
  localparam WORD = 2 * WIDTH;

  wire [WORD-1:0] a = {{WIDTH{1'b0}}, a_i};
  wire [WORD-1:0] b = {{WIDTH{1'b0}}, b_i};

  // lost: word j holds what the rows below j lose together.
  wire [(WIDTH+1)*WORD-1:0] lost;
  assign lost[WORD-1:0] = {WORD{1'b0}};
  genvar j;
  generate
    for (j = 0; j < WIDTH; j = j + 1) begin : g_row
      if (j >= H && j < V) begin : g_cut
        wire [WORD-1:0] a_low = a & ~({WORD{1'b1}} << (V - j));
        assign lost[(j+2)*WORD-1:(j+1)*WORD] = lost[(j+1)*WORD-1:j*WORD] + ({WORD{b_i[j]}} & (a_low << j));
      end else begin : g_whole
        assign lost[(j+2)*WORD-1:(j+1)*WORD] = lost[(j+1)*WORD-1:j*WORD];
      end
    end
  endgenerate
  assign plus_o = a * (b & ({WORD{1'b1}} << H));
  assign minus_o = lost[(WIDTH+1)*WORD-1:WIDTH*WORD];
  assign p_o = plus_o - minus_o;
endmodule
