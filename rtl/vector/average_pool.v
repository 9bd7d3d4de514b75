// Average pooling: the codes of a window come one after the other, and after the last one leaves
// code = clamp(zero + round(sum of (x - x_zero) * multiplier / 2^shift), low, high). The multiplier has the window's size and
// the change of scale in it. LANES windows are summed at a time, one code of each in a cycle; a padded position holds x_zero.
//
// The sum has SUM_WIDTH bits and must fit them: 24 hold 32,768 differences of 8-bit codes.
//
// Timing: the window's last code in cycle n, its result in cycle n + 6; the next window's first code may come in cycle n + 1.
// x_zero_i counts with every code, the other settings with the last one.
//
// Worked example, LANES = 1, a window of 4, multiplier 4194304 (2^22), shift 24, zero 3, low 0, high 255, x_zero 10: codes 11,
// 14, 10, 15 give 1 + 4 + 0 + 5 = 10, 10 / 4 = 2.5 -> 3, + 3 -> code 6.
module average_pool #(
    parameter LANES = 4,       // 1 or more: windows at a time
    parameter X_WIDTH = 9,     // bits of a source, 2 or more: 9 hold codes of 8 bits of either sign
    parameter SUM_WIDTH = 24,  // bits of a window's sum, more than X_WIDTH and up to 24
    parameter CODE_WIDTH = 8   // bits of a code, 2 to 16
) (
    input  wire                        clk_i,
    input  wire                        rst_ni,        // synchronous; the window that is under way is dropped
    input  wire                        valid_i,
    input  wire                        last_i,        // read with valid_i: the window ends
    input  wire [LANES*X_WIDTH-1:0]    x_i,           // two's complement; lane l in slice l
    input  wire [X_WIDTH-1:0]          x_zero_i,
    input  wire [23:0]                 multiplier_i,  // unsigned
    input  wire [5:0]                  shift_i,       // 0 to 47
    input  wire [CODE_WIDTH:0]         zero_i,        // two's complement, one bit wider than a code of either sign
    input  wire [CODE_WIDTH:0]         low_i,         // at most high_i
    input  wire [CODE_WIDTH:0]         high_i,
    output wire                        valid_o,
    output wire [LANES*CODE_WIDTH-1:0] code_o
);
  generate
    if (X_WIDTH < 2) begin : g_bad_x
      illegal_X_WIDTH_must_be_2_or_more u_bad ();
    end
    if (SUM_WIDTH <= X_WIDTH || SUM_WIDTH > 24) begin : g_bad_sum
      illegal_SUM_WIDTH_must_be_above_X_WIDTH_and_up_to_24 u_bad ();
    end
  endgenerate

  // Between windows the sum counts as zero.
  reg under_way_q;
  reg valid_q;
  always @(posedge clk_i) begin
    if (!rst_ni) under_way_q <= 1'b0;
    else if (valid_i) under_way_q <= ~last_i;
    valid_q <= valid_i & last_i & rst_ni;
  end

  localparam SPREAD = SUM_WIDTH - X_WIDTH;
  wire [SUM_WIDTH-1:0] x_zero = {{SPREAD{x_zero_i[X_WIDTH-1]}}, x_zero_i};
  wire [LANES*SUM_WIDTH-1:0] sums;
  genvar l;
  generate
    for (l = 0; l < LANES; l = l + 1) begin : g_lane
      wire [SUM_WIDTH-1:0] x = {{SPREAD{x_i[(l+1)*X_WIDTH-1]}}, x_i[(l+1)*X_WIDTH-1:l*X_WIDTH]};
      reg [SUM_WIDTH-1:0] sum_q;
      always @(posedge clk_i) if (valid_i) sum_q <= (sum_q & {SUM_WIDTH{under_way_q}}) + x - x_zero;
      assign sums[(l+1)*SUM_WIDTH-1:l*SUM_WIDTH] = sum_q;
    end
  endgenerate

  localparam SETTINGS = 24 + 6 + 3 * (CODE_WIDTH + 1);
  wire [23:0] multiplier;
  wire [5:0] shift;
  wire [CODE_WIDTH:0] zero;
  wire [CODE_WIDTH:0] low;
  wire [CODE_WIDTH:0] high;
  delay_line #(.WIDTH(SETTINGS), .CYCLES(1)) u_settings (
      .clk_i(clk_i), .rst_ni(rst_ni), .value_i({multiplier_i, shift_i, zero_i, low_i, high_i}),
      .value_o({multiplier, shift, zero, low, high})
  );
  rescale #(.LANES(LANES), .SOURCES(1), .X_WIDTH(SUM_WIDTH), .CODE_WIDTH(CODE_WIDTH)) u_rescale (
      .clk_i(clk_i), .rst_ni(rst_ni), .valid_i(valid_q), .x_i(sums), .x_zero_i({SUM_WIDTH{1'b0}}),
      .multiplier_i(multiplier), .shift_i(shift), .zero_i(zero), .low_i(low), .high_i(high),
      .valid_o(valid_o), .code_o(code_o)
  );
endmodule
