// tanh, or with SIGMOID the logistic function, of a fixed-point number, from one ROM: sigmoid(x) = (1 + tanh(x / 2)) / 2.
// x has `fraction` bits behind the point; the value is Q0.15, 16 bits of two's complement with 15 behind the point. Stages 0 to
// 2: the ROM's index, which is |x| rounded to 8 bits behind the point (7 for SIGMOID) and at most 1023; the ROM; the sign.
//
// Bit n of take_i says that stage n takes a number: a number's bits come in three cycles, one after the other, and its value
// in the next.
//
// Worked example, fraction 11, x = -2048 (-1.0): index 256, entry 24956, value -24956 (-0.76160). With SIGMOID: index 128,
// entry 15142, (32768 - 15142) / 2 = 8813 (0.26895).
module squash #(
    parameter SIGMOID = 0  // 0: tanh, 1: sigmoid
) (
    input  wire        clk_i,
    input  wire [2:0]  take_i,
    input  wire [3:0]  fraction_i,  // 0 to 11; with take_i[0]
    input  wire [16:0] x_i,         // two's complement; with take_i[0]
    output wire [15:0] value_o
);
  // Stage 0. With 11 bits behind the point whatever `fraction` is, rounding drops 3 bits or 4. Halves go away from zero, so the
  // magnitude's go up.
  localparam DROPPED = SIGMOID != 0 ? 4 : 3;
  wire [16:0] magnitude = x_i[16] ? ~x_i + 17'd1 : x_i;
  wire [27:0] aligned = {11'd0, magnitude} << (4'd11 - fraction_i);
  wire [28:0] nudged = {1'b0, aligned} + (29'd1 << (DROPPED - 1));
  wire beyond = |nudged[28:DROPPED+10];
  reg [9:0] index_q;
  reg negative_q;
  always @(posedge clk_i) begin
    if (take_i[0]) begin
      index_q <= nudged[DROPPED+9:DROPPED] | {10{beyond}};
      negative_q <= x_i[16];
    end
  end
  wire unused_dropped = |nudged[DROPPED-1:0];

  // Stage 1.
  wire [14:0] entry;
  reg minus_q;
  tanh_rom u_rom (.clk_i(clk_i), .read_i(take_i[1]), .index_i(index_q), .entry_o(entry));
  always @(posedge clk_i) if (take_i[1]) minus_q <= negative_q;

  // Stage 2.
  wire [15:0] signed_entry = minus_q ? ~{1'b0, entry} + 16'd1 : {1'b0, entry};
  wire [15:0] value;
  generate
    if (SIGMOID != 0) begin : g_sigmoid
      // 32768 is the sign bit flipped, as an unsigned number.
      assign value = {1'b0, ~signed_entry[15], signed_entry[14:1]};
      wire unused_half = signed_entry[0];
    end else begin : g_tanh
      assign value = signed_entry;
    end
  endgenerate
  reg [15:0] value_q;
  always @(posedge clk_i) if (take_i[2]) value_q <= value;
  assign value_o = value_q;
endmodule
