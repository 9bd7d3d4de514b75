// For properties: how many of something have come in and not left, and what came in last. A property that says that it is one at
// most says with that that what leaves is what came in.
module one_place #(
    parameter WIDTH = 1
) (
    input  wire             clk_i,
    input  wire             rst_ni,
    input  wire             in_i,
    input  wire [WIDTH-1:0] data_i,
    input  wire             out_i,
    output wire [2:0]       count_o,
    output wire [WIDTH-1:0] data_o
);
  reg [2:0] count_q;
  reg [WIDTH-1:0] data_q;
  always @(posedge clk_i) begin
    count_q <= rst_ni ? count_q + {2'd0, in_i} - {2'd0, out_i} : 3'd0;
    if (in_i) data_q <= data_i;
  end
  assign count_o = count_q;
  assign data_o = data_q;
endmodule
