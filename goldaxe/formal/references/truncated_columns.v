// Reference of truncated_columns: a * b, less what each row j < V loses where b has bit j, (a mod 2^(V-j)) * 2^j.
//
// Worked example, WIDTH = 8, V = 7: 200 * 100: rows 2, 5, 6; 200 mod 32 = 8 and mod 4, mod 2 = 0; p = 20000 - 8 * 4 = 19968.
module truncated_columns #(
    parameter WIDTH = 8,
    parameter V = 4
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
      if (j < V) begin : g_cut
        wire [WORD-1:0] a_low = a & ~({WORD{1'b1}} << (V - j));
        assign lost[(j+2)*WORD-1:(j+1)*WORD] = lost[(j+1)*WORD-1:j*WORD] + ({WORD{b_i[j]}} & (a_low << j));
      end else begin : g_whole
        assign lost[(j+2)*WORD-1:(j+1)*WORD] = lost[(j+1)*WORD-1:j*WORD];
      end
    end
  endgenerate
  assign plus_o = a * b;
  assign minus_o = lost[(WIDTH+1)*WORD-1:WIDTH*WORD];
  assign p_o = plus_o - minus_o;
endmodule
