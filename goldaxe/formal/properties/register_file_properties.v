// register_file: a write has one of four effects, or none: a register that keeps the value, START, CLEAR, or a channel's settings.
// One that is refused has none, and has a code, but for START while an error stands; during a job only CLEAR is not refused. What is
// written to a register is read from it, and appears at its output, until it is written again. Counts never exceed their limits;
// a job only starts with counts that are not zero, LOW up to HIGH, and no error; settings are only written to a channel that is there.
// What may be done is not refused.
//
// Worked example: TILES is watched. 8 is written to 0x40, anything to other places: a read of 0x40 gives 8.
module register_file_properties (
    input wire        clk_i,
    input wire        rst_ni,
    input wire        write_i,
    input wire [19:0] write_address_i,
    input wire [31:0] write_data_i,
    input wire [3:0]  write_strobe_i,
    input wire        read_i,
    input wire [19:0] read_address_i,
    input wire        busy_i,
    input wire [4:0]  error_i,
    input wire [15:0] status_i,
    input wire [31:0] cycles_i,
    input wire [31:0] jobs_i
);
  localparam COLS = 3;
  localparam BLOCKS = 5;
  localparam DEPTH = 9;
  localparam CODE_WIDTH = 4;
  wire write_refused, read_refused, start, clear, raw, settings_write;
  wire [31:0] read_data, offset, multiplier;
  wire [4:0] error, shift;
  wire [15:0] tiles;
  wire [12:0] blocks;
  wire [16:0] vectors;
  wire [CODE_WIDTH:0] zero, low, high;
  wire [2:0] settings_block;
  wire [1:0] settings_column;
  register_file #(
      .COLS(COLS), .FEATURES(1), .DEPTH(DEPTH), .BLOCKS(BLOCKS), .BLOCK(3), .COLUMN(2), .CODE_WIDTH(CODE_WIDTH)
  ) u_dut (
      .clk_i(clk_i), .rst_ni(rst_ni), .write_i(write_i), .write_address_i(write_address_i), .write_data_i(write_data_i),
      .write_strobe_i(write_strobe_i), .write_refused_o(write_refused), .read_i(read_i), .read_address_i(read_address_i),
      .read_data_o(read_data), .read_refused_o(read_refused), .busy_i(busy_i), .error_i(error_i), .status_i(status_i),
      .cycles_i(cycles_i), .jobs_i(jobs_i), .start_o(start), .clear_o(clear), .error_o(error), .tiles_o(tiles),
      .blocks_o(blocks), .vectors_o(vectors), .zero_o(zero), .low_o(low), .high_o(high), .raw_o(raw),
      .settings_write_o(settings_write), .settings_block_o(settings_block), .settings_column_o(settings_column),
      .offset_o(offset), .multiplier_o(multiplier), .shift_o(shift)
  );
  wire [32:0] clamp = {{(32 - CODE_WIDTH) {high[CODE_WIDTH]}}, high} - {{(32 - CODE_WIDTH) {low[CODE_WIDTH]}}, low};
  wire [131:0] kept = {tiles, blocks, vectors, zero, low, high, raw, offset, multiplier};
  wire accepted = write_i & ~write_refused;
  wire aligned = write_address_i[1:0] == 2'd0;
  wire word = write_i & write_strobe_i == 4'b1111;
  wire can_start = error_i == 5'd0 & tiles != 16'd0 & blocks != 13'd0 & vectors != 17'd0 & ~clamp[32];
  wire channel_there = aligned & write_address_i[19:18] == 2'b01 & write_address_i[17:4] < BLOCKS & write_address_i[3:2] < COLS;

  // One register is watched: the one that read_address_i names, which does not change.
  reg begun_q = 1'b0;
  reg reset_q, accepted_q, other_q;
  reg [19:0] watched_q;
  reg [31:0] written_q;   // what was written to it last
  reg [131:0] kept_q;
  wire here = write_address_i == read_address_i;
  wire writable = read_address_i >= 20'h40 & read_address_i <= 20'h60;
  always @(posedge clk_i) begin
    begun_q <= 1'b1;
    watched_q <= read_address_i;
    kept_q <= kept;
    {reset_q, accepted_q, other_q} <= {~rst_ni, accepted, start | clear | settings_write};
    if (!rst_ni) written_q <= 32'd0;
    else if (accepted & here) written_q <= write_data_i;
  end
  always @(*) begin
    if (!begun_q) assume (!rst_ni);
    if (begun_q) assume (read_address_i == watched_q);
    // What is refused, and why.
    assert (start + clear + settings_write <= 2'd1);
    if (start | clear | settings_write) assert (accepted & aligned & write_strobe_i == 4'b1111);
    if (write_i & busy_i & ~clear) assert (write_refused);
    if (write_i & write_refused) assert (error != 5'd0 | error_i != 5'd0);
    if (error != 5'd0) assert ((write_i & write_refused) | (read_i & read_refused));
    if (read_refused) assert (read_data == 32'd0);
    if (start) assert (can_start);
    if (settings_write) assert (write_address_i[19:18] == 2'b01 & settings_block < BLOCKS & settings_column < COLS);
    if (settings_write) assert (write_address_i[17:2] == {11'd0, settings_block, settings_column});
    if (settings_write) assert (write_data_i == {27'd0, shift});
    // What is not refused.
    if (word & write_address_i == 20'h20 & write_data_i == 32'd2) assert (clear);
    if (word & write_address_i == 20'h20 & write_data_i == 32'd1 & ~busy_i & can_start) assert (start);
    if (word & aligned & write_address_i >= 20'h40 & write_address_i <= 20'h60 & write_data_i < 32'd2 & ~busy_i)
      assert (accepted);
    if (word & channel_there & write_data_i < 32'd32 & ~busy_i) assert (settings_write);
    // What is kept.
    if (begun_q) begin
      if (reset_q) assert (kept == 132'd0);
      else if (~accepted_q | other_q) assert (kept == kept_q);
      if (writable & ~read_refused) assert (read_data == written_q);
      assert (blocks <= BLOCKS & vectors <= DEPTH);
      case (read_address_i)
        20'h40: assert ({16'd0, tiles} == written_q);
        20'h44: assert ({19'd0, blocks} == written_q);
        20'h48: assert ({15'd0, vectors} == written_q);
        20'h4c: assert ({{(31 - CODE_WIDTH) {zero[CODE_WIDTH]}}, zero} == written_q);
        20'h50: assert ({{(31 - CODE_WIDTH) {low[CODE_WIDTH]}}, low} == written_q);
        20'h54: assert ({{(31 - CODE_WIDTH) {high[CODE_WIDTH]}}, high} == written_q);
        20'h58: assert ({31'd0, raw} == written_q);
        20'h5c: assert (offset == written_q);
        20'h60: assert (multiplier == written_q);
        default: ;
      endcase
    end
  end
endmodule
