// One lane of rescale: code = clamp(zero + round((x0 - x0_zero) * m0 + (x1 - x1_zero) * m1) / 2^shift), low, high), rounded to
// nearest, halves away from zero. Stages 0 to 4: differences, products, their sum, the shift, the clamp.
//
// All lanes have the same settings, which are therefore kept outside and come when a stage reads them. Bit n of take_i says that
// stage n takes an element, so an element's bits come in five cycles, one after the other, and its code in the next.
//
// Worked example, SOURCES = 1: cycle 0 x = 100, x_zero = 28, take_i = 5'b00001; cycle 1 multiplier 7, 5'b00010; cycle 2
// 5'b00100; cycle 3 shift 4, 5'b01000; cycle 4 zero -3, low -128, high 127, 5'b10000; cycle 5 code 29: 72 * 7 = 504,
// 504 / 16 = 31.5 -> 32, - 3.
module rescale_lane #(
    parameter SOURCES = 2,    // 1 or 2
    parameter X_WIDTH = 17,   // bits of a source, 2 to 24
    parameter CODE_WIDTH = 8  // bits of a code, 2 to 16
) (
    input  wire                       clk_i,
    input  wire [4:0]                 take_i,
    input  wire [SOURCES*X_WIDTH-1:0] x_i,           // two's complement, source s in slice s; with take_i[0]
    input  wire [SOURCES*X_WIDTH-1:0] x_zero_i,      // likewise
    input  wire [SOURCES*24-1:0]      multiplier_i,  // unsigned; with take_i[1]
    input  wire [5:0]                 shift_i,       // 0 to 47; with take_i[3]
    input  wire [CODE_WIDTH:0]        zero_i,        // two's complement, one bit wider than a code; with take_i[4]
    input  wire [CODE_WIDTH:0]        low_i,
    input  wire [CODE_WIDTH:0]        high_i,
    output wire [CODE_WIDTH-1:0]      code_o
);
  generate
    if (SOURCES < 1 || SOURCES > 2) begin : g_bad_sources
      illegal_SOURCES_must_be_1_to_2 u_bad ();
    end
    if (X_WIDTH < 2 || X_WIDTH > 24) begin : g_bad_x
      illegal_X_WIDTH_must_be_2_to_24 u_bad ();
    end
    if (CODE_WIDTH < 2 || CODE_WIDTH > 16) begin : g_bad_code
      illegal_CODE_WIDTH_must_be_2_to_16 u_bad ();
    end
  endgenerate

  // Stages 0 and 1. A product has 48 bits: see rescale for what fits.
  wire [SOURCES*48-1:0] products;
  genvar s;
  generate
    for (s = 0; s < SOURCES; s = s + 1) begin : g_source
      wire signed [X_WIDTH-1:0] x = x_i[(s+1)*X_WIDTH-1:s*X_WIDTH];
      wire signed [X_WIDTH-1:0] x_zero = x_zero_i[(s+1)*X_WIDTH-1:s*X_WIDTH];
      wire signed [24:0] multiplier = {1'b0, multiplier_i[(s+1)*24-1:s*24]};
      reg signed [X_WIDTH:0] difference_q;
      reg signed [47:0] product_q;
      always @(posedge clk_i) begin
        if (take_i[0]) difference_q <= x - x_zero;
        if (take_i[1]) product_q <= difference_q * multiplier;
      end
      assign products[(s+1)*48-1:s*48] = product_q;
    end
  endgenerate

  // Stage 2.
  wire [47:0] sum;
  generate
    if (SOURCES == 2) begin : g_add
      assign sum = products[47:0] + products[SOURCES*48-1:SOURCES*48-48];
    end else begin : g_pass
      assign sum = products[47:0];
    end
  endgenerate
  reg [47:0] sum_q;
  always @(posedge clk_i) if (take_i[2]) sum_q <= sum;

  // Stage 3. Half away from zero is half up of what is one less below zero; a shift by nothing rounds nothing.
  wire [48:0] half = (49'd1 << shift_i) >> 1;
  wire less = sum_q[47] & (|shift_i);
  wire signed [48:0] nudged = {sum_q[47], sum_q} + half - {48'd0, less};
  reg signed [48:0] shifted_q;
  always @(posedge clk_i) if (take_i[3]) shifted_q <= nudged >>> shift_i;

  // Stage 4.
  localparam SPREAD = 49 - CODE_WIDTH;
  wire signed [49:0] moved = {shifted_q[48], shifted_q} + {{SPREAD{zero_i[CODE_WIDTH]}}, zero_i};
  wire signed [49:0] low = {{SPREAD{low_i[CODE_WIDTH]}}, low_i};
  wire signed [49:0] high = {{SPREAD{high_i[CODE_WIDTH]}}, high_i};
  wire signed [49:0] clamped = moved < low ? low : moved > high ? high : moved;
  reg [CODE_WIDTH-1:0] code_q;
  always @(posedge clk_i) if (take_i[4]) code_q <= clamped[CODE_WIDTH-1:0];
  assign code_o = code_q;
  wire unused_high = |clamped[49:CODE_WIDTH];
endmodule
