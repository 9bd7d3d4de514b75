// A product with its requantisation: matrix_unit, and behind each of its columns a requantize with settings of its own.
//
//   settings ----------> settings_memory of each column
//                               | word of the block whose sums leave now
//   weights, vectors -> matrix_unit -> sums out, raw
//                               |
//                               +--> requantize of each column -> codes out, 3 cycles later
//
// A column block is COLS output channels; each channel of each has an offset (bias and zero-point correction), a multiplier
// and a shift. Zero point and clamp are common to all channels. A vector names its block with block_i, which counts if it has
// last_i: the block travels beside the vector, so blocks of any length follow each other without a gap.
//
// Settings are written a column of a block at a time, and are to be there by the cycle before the block's first sums leave.
// zero_i, low_i and high_i have to hold from the first sums to the last codes.
//
// Timing: as in matrix_unit; sums leave ROWS + COLS cycles after their vector, and their codes 3 cycles after them.
//
// Worked example, ROWS = COLS = 2, exact multiplier, CODE_WIDTH = 8, block 0 with offset 7, multiplier 2^30 (a factor of 1/2)
// and shift 1 in column 0; zero 10, low 0, high 255. The worked example of matrix_unit gives column 0 the sum 23 in cycle 6, and
// the code 10 + (23 + 7) / 4 = 17.5 -> 18 in cycle 9.
module product_unit #(
    parameter ROWS = 4,        // 1 to 256: products in a sum
    parameter COLS = 4,        // 1 to 256: sums at a time
    parameter A_WIDTH = 8,     // bits of an activation
    parameter B_WIDTH = 8,     // bits of a weight
    parameter P_WIDTH = 16,    // bits of a product
    parameter P_SIGNED = 1,    // 1: products are two's complement
    parameter ACC_WIDTH = 32,  // bits of a sum, 8 to 32
    parameter SATURATE = 0,    // 1: sums are clamped, 0: they wrap around
    parameter DEPTH = 64,      // sums that can wait in a column, 1 to 65536
    parameter ADDRESS = DEPTH < 2 ? 1 : $clog2(DEPTH),  // bits of an address: derived, not to be set
    parameter CODE_WIDTH = 16,      // bits of a code, 2 to 16
    parameter SINGLE_ROUNDING = 0,  // 1: one rounding instead of two, see requantize
    parameter BLOCKS = 16,          // column blocks that have settings, 1 to 4096
    parameter BLOCK = BLOCKS < 2 ? 1 : $clog2(BLOCKS),  // bits of a block's number: derived, not to be set
    parameter COLUMN = COLS < 2 ? 1 : $clog2(COLS)      // bits of a column's number: derived, not to be set
) (
    input  wire                       clk_i,
    input  wire                       rst_ni,             // synchronous; drops all that is under way, keeps settings

    input  wire                       settings_write_i,
    input  wire [BLOCK-1:0]           settings_block_i,
    input  wire [COLUMN-1:0]          settings_column_i,
    input  wire [31:0]                offset_i,           // two's complement; the addition wraps around
    input  wire [31:0]                multiplier_i,       // two's complement
    input  wire [4:0]                 shift_i,

    input  wire [CODE_WIDTH:0]        zero_i,             // two's complement, one bit wider than a code of either sign
    input  wire [CODE_WIDTH:0]        low_i,              // at most high_i
    input  wire [CODE_WIDTH:0]        high_i,

    input  wire                       row_valid_i,
    output wire                       row_ready_o,
    input  wire [COLS*B_WIDTH-1:0]    row_i,              // the weights of a row, column c in slice c
    input  wire [COLS-1:0]            row_mask_i,         // those that are there; the others add nothing

    input  wire                       vector_valid_i,
    output wire                       vector_ready_o,
    input  wire [ROWS*A_WIDTH-1:0]    vector_i,           // the activations, row r in slice r
    input  wire                       swap_i,             // the first vector of a tile
    input  wire                       first_i,            // its sums begin at zero
    input  wire                       last_i,             // its sums are complete
    input  wire [ADDRESS-1:0]         address_i,          // where its sums wait
    input  wire [BLOCK-1:0]           block_i,            // whose settings its codes are made with

    output wire                       sums_valid_o,
    output wire [ADDRESS-1:0]         sums_address_o,
    output wire [COLS*ACC_WIDTH-1:0]  sums_o,             // column c in slice c, without the offset

    output wire                       codes_valid_o,
    output wire [COLS*CODE_WIDTH-1:0] codes_o             // column c in slice c
);
  generate
    if (BLOCK != (BLOCKS < 2 ? 1 : $clog2(BLOCKS))) begin : g_bad_block
      illegal_BLOCK_must_be_clog2_BLOCKS u_bad ();
    end
    if (BLOCKS < 1 || BLOCKS > 4096) begin : g_bad_blocks
      illegal_BLOCKS_must_be_1_to_4096 u_bad ();
    end
    if (COLUMN != (COLS < 2 ? 1 : $clog2(COLS))) begin : g_bad_column
      illegal_COLUMN_must_be_clog2_COLS u_bad ();
    end
  endgenerate

  matrix_unit #(
      .ROWS(ROWS), .COLS(COLS), .A_WIDTH(A_WIDTH), .B_WIDTH(B_WIDTH), .P_WIDTH(P_WIDTH), .P_SIGNED(P_SIGNED),
      .ACC_WIDTH(ACC_WIDTH), .SATURATE(SATURATE), .DEPTH(DEPTH), .ADDRESS(ADDRESS)
  ) u_matrix (
      .clk_i(clk_i), .rst_ni(rst_ni),
      .row_valid_i(row_valid_i), .row_ready_o(row_ready_o), .row_i(row_i), .row_mask_i(row_mask_i),
      .vector_valid_i(vector_valid_i), .vector_ready_o(vector_ready_o), .vector_i(vector_i),
      .swap_i(swap_i), .first_i(first_i), .last_i(last_i), .address_i(address_i),
      .sums_valid_o(sums_valid_o), .sums_address_o(sums_address_o), .sums_o(sums_o)
  );

  // The block of a vector reaches the memories a cycle before its sums leave, and its settings come out together with them.
  wire [BLOCK-1:0] block;
  delay_line #(.WIDTH(BLOCK), .CYCLES(ROWS + COLS - 1)) u_block (
      .clk_i(clk_i), .rst_ni(rst_ni), .value_i(block_i), .value_o(block)
  );

  localparam WORD = 5 + 32 + 32;
  wire [COLS-1:0] valid;
  genvar c;
  generate
    for (c = 0; c < COLS; c = c + 1) begin : g_col
      wire [WORD-1:0] word;
      settings_memory #(.WIDTH(WORD), .DEPTH(BLOCKS), .ADDRESS(BLOCK)) u_settings (
          .clk_i(clk_i),
          .write_i(settings_write_i & (settings_column_i == c[COLUMN-1:0])), .write_address_i(settings_block_i),
          .word_i({shift_i, multiplier_i, offset_i}),
          .read_address_i(block), .word_o(word)
      );

      wire [ACC_WIDTH-1:0] sum = sums_o[(c+1)*ACC_WIDTH-1:c*ACC_WIDTH];
      wire [31:0] wide;
      if (ACC_WIDTH < 32) begin : g_extend
        assign wide = {{(32 - ACC_WIDTH) {sum[ACC_WIDTH-1]}}, sum};
      end else begin : g_whole
        assign wide = sum;
      end

      requantize #(.CODE_WIDTH(CODE_WIDTH), .SINGLE_ROUNDING(SINGLE_ROUNDING)) u_requantize (
          .clk_i(clk_i), .rst_ni(rst_ni), .valid_i(sums_valid_o), .sum_i(wide),
          .offset_i(word[31:0]), .multiplier_i(word[63:32]), .shift_i(word[68:64]),
          .zero_i(zero_i), .low_i(low_i), .high_i(high_i),
          .valid_o(valid[c]), .code_o(codes_o[(c+1)*CODE_WIDTH-1:c*CODE_WIDTH])
      );
    end
  endgenerate
  assign codes_valid_o = valid[0];
  wire unused_valid = |valid;
endmodule
