// A number times a power of two that comes as a one-hot mask: an AND-OR shifter, without an encoder. A mask of zero gives zero.
//
// Worked example, WIDTH = 8, PLACES = 9: value 100, onehot 9'b1_0000_0000 -> 17'd25600.
module shift_by_onehot #(
    parameter WIDTH = 8,
    parameter PLACES = 9  // bits of the mask
) (
    input  wire [WIDTH-1:0]        value_i,
    input  wire [PLACES-1:0]       onehot_i,
    output wire [WIDTH+PLACES-2:0] shifted_o
);
  localparam WORD = WIDTH + PLACES - 1;

  // gathered: word n has what places 0 to n contribute.
  wire [PLACES*WORD-1:0] gathered;
  assign gathered[WORD-1:0] = {{(PLACES - 1) {1'b0}}, value_i & {WIDTH{onehot_i[0]}}};
  assign shifted_o = gathered[PLACES*WORD-1:(PLACES-1)*WORD];
  genvar n;
  generate
    for (n = 1; n < PLACES; n = n + 1) begin : g_place
      wire [WORD-1:0] placed = {{(PLACES - 1) {1'b0}}, value_i & {WIDTH{onehot_i[n]}}} << n;
      assign gathered[(n+1)*WORD-1:n*WORD] = gathered[n*WORD-1:(n-1)*WORD] | placed;
    end
  endgenerate
endmodule
