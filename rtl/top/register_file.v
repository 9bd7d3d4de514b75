// The accelerator's registers: addresses, what may be written when, and the error code of what may not. docs/top.md is the map.
//
// A refused write changes nothing. What it was refused for comes out as error_o in the same cycle, 0 meaning that it was not.
//
// Worked example: write 8 to TILES (0x40), 2 to BLOCKS (0x44), 64 to VECTORS (0x48), then 1 to CONTROL (0x20): start_o is high
// for a cycle. With VECTORS left at 0, start_o stays low and error_o is ZERO_COUNT for that cycle.
module register_file #(
    parameter ADDRESS = 20,     // bits of a byte address: 20, derived, not to be set
    parameter ROWS = 4,         // what the identity registers show, see product_unit
    parameter COLS = 4,
    parameter A_WIDTH = 8,
    parameter B_WIDTH = 8,
    parameter ACC_WIDTH = 32,
    parameter FEATURES = 0,     // bit 0: raw sums, 1: saturating sums, 2: signed products, 3: single rounding
    parameter DEPTH = 64,       // most vectors of a tile
    parameter BLOCKS = 16,      // most column blocks of a job
    parameter BLOCK = 4,        // bits of a block's number
    parameter COLUMN = 2,       // bits of a column's number
    parameter CODE_WIDTH = 8    // bits of a code
) (
    input  wire                clk_i,
    input  wire                rst_ni,           // synchronous; all registers are 0

    input  wire                write_i,
    input  wire [ADDRESS-1:0]  write_address_i,
    input  wire [31:0]         write_data_i,
    input  wire [3:0]          write_strobe_i,
    output wire                write_refused_o,
    input  wire                read_i,
    input  wire [ADDRESS-1:0]  read_address_i,
    output wire [31:0]         read_data_o,
    output wire                read_refused_o,

    input  wire                busy_i,
    input  wire [4:0]          error_i,          // the code that stands, 0 for none
    input  wire [15:0]         status_i,
    input  wire [31:0]         cycles_i,
    input  wire [31:0]         jobs_i,

    output wire                start_o,
    output wire                clear_o,
    output wire [4:0]          error_o,          // why an access of this cycle is refused
    output wire [15:0]         tiles_o,
    output wire [12:0]         blocks_o,
    output wire [16:0]         vectors_o,
    output wire [CODE_WIDTH:0] zero_o,
    output wire [CODE_WIDTH:0] low_o,
    output wire [CODE_WIDTH:0] high_o,
    output wire                raw_o,            // sums are sent as well
    output wire                settings_write_o,
    output wire [BLOCK-1:0]    settings_block_o,
    output wire [COLUMN-1:0]   settings_column_o,
    output wire [31:0]         offset_o,
    output wire [31:0]         multiplier_o,
    output wire [4:0]          shift_o
);
  generate
    if (ADDRESS != 20) begin : g_bad_address
      illegal_ADDRESS_must_be_20 u_bad ();
    end
    if (BLOCK + COLUMN > 16) begin : g_bad_channels
      illegal_BLOCKS_times_COLS_must_be_65536_at_most u_bad ();
    end
  endgenerate

  localparam [31:0] IDENTITY = 32'h474f_4c44;  // "GOLD"
  localparam [31:0] VERSION = 32'h0001_0000;   // 1.0

  localparam [7:0] ID_REGISTER = 8'h00;
  localparam [7:0] VERSION_REGISTER = 8'h04;
  localparam [7:0] SIZE_REGISTER = 8'h08;
  localparam [7:0] WIDTHS_REGISTER = 8'h0c;
  localparam [7:0] MAX_VECTORS_REGISTER = 8'h10;
  localparam [7:0] MAX_BLOCKS_REGISTER = 8'h14;
  localparam [7:0] FEATURES_REGISTER = 8'h18;
  localparam [7:0] CONTROL_REGISTER = 8'h20;
  localparam [7:0] STATUS_REGISTER = 8'h24;
  localparam [7:0] ERROR_REGISTER = 8'h28;
  localparam [7:0] CYCLES_REGISTER = 8'h2c;
  localparam [7:0] JOBS_REGISTER = 8'h30;
  localparam [7:0] TILES_REGISTER = 8'h40;
  localparam [7:0] BLOCKS_REGISTER = 8'h44;
  localparam [7:0] VECTORS_REGISTER = 8'h48;
  localparam [7:0] ZERO_REGISTER = 8'h4c;
  localparam [7:0] LOW_REGISTER = 8'h50;
  localparam [7:0] HIGH_REGISTER = 8'h54;
  localparam [7:0] MODE_REGISTER = 8'h58;
  localparam [7:0] OFFSET_REGISTER = 8'h5c;
  localparam [7:0] MULTIPLIER_REGISTER = 8'h60;
  localparam [19:0] CHANNELS = 20'h40000;  // a word for each channel, see docs/top.md

  localparam [4:0] BAD_ADDRESS = 5'd1;
  localparam [4:0] PARTIAL_STROBE = 5'd2;
  localparam [4:0] READ_ONLY = 5'd3;
  localparam [4:0] WRITE_WHILE_BUSY = 5'd4;
  localparam [4:0] ILLEGAL_VALUE = 5'd5;
  localparam [4:0] ZERO_COUNT = 5'd6;
  localparam [4:0] EMPTY_RANGE = 5'd7;

  // The channel's number in an address: its block, then its column.
  wire [15:0] index = write_address_i[17:2];
  wire [15:0] column = index & ((16'd1 << COLUMN) - 16'd1);
  wire [15:0] block = index >> COLUMN;
  wire in_channels = write_address_i[19:18] == CHANNELS[19:18];
  wire channel_there = in_channels & ({16'd0, column} < COLS) & ({16'd0, block} < BLOCKS);
  wire low_page = ~|write_address_i[19:8];
  wire [7:0] place = write_address_i[7:0];

  reg there;     // such a register exists, as a channel or in the low page
  reg writable;
  reg fits;      // the register can hold the value
  wire code_fits = (&write_data_i[31:CODE_WIDTH]) | ~(|write_data_i[31:CODE_WIDTH]);
  always @* begin
    there = low_page;
    writable = 1'b1;
    fits = 1'b1;
    case (place)
      ID_REGISTER, VERSION_REGISTER, SIZE_REGISTER, WIDTHS_REGISTER, MAX_VECTORS_REGISTER, MAX_BLOCKS_REGISTER,
      FEATURES_REGISTER, STATUS_REGISTER, ERROR_REGISTER, CYCLES_REGISTER, JOBS_REGISTER: writable = 1'b0;
      CONTROL_REGISTER: fits = write_data_i < 32'd3;
      TILES_REGISTER: fits = write_data_i < 32'd65536;
      BLOCKS_REGISTER: fits = write_data_i <= BLOCKS;
      VECTORS_REGISTER: fits = write_data_i <= DEPTH;
      ZERO_REGISTER, LOW_REGISTER, HIGH_REGISTER: fits = code_fits;
      MODE_REGISTER: fits = write_data_i <= {31'd0, FEATURES[0]};
      OFFSET_REGISTER, MULTIPLIER_REGISTER: fits = 1'b1;
      default: there = 1'b0;
    endcase
    if (channel_there) begin
      there = write_address_i[1:0] == 2'b00;
      writable = 1'b1;
      fits = write_data_i < 32'd32;
    end
  end

  reg [15:0] tiles_q;
  reg [12:0] blocks_q;
  reg [16:0] vectors_q;
  reg [CODE_WIDTH:0] zero_q;
  reg [CODE_WIDTH:0] low_q;
  reg [CODE_WIDTH:0] high_q;
  reg raw_q;
  reg [31:0] offset_q;
  reg [31:0] multiplier_q;

  wire control = low_page & (place == CONTROL_REGISTER);
  wire starts = control & write_data_i[0];
  wire clears = control & (write_data_i == 32'd2);
  wire zero_count = (tiles_q == 16'd0) | (blocks_q == 13'd0) | (vectors_q == 17'd0);
  reg [4:0] refusal;
  always @* begin
    if (!there) refusal = BAD_ADDRESS;
    else if (!writable) refusal = READ_ONLY;
    else if (write_strobe_i != 4'b1111) refusal = PARTIAL_STROBE;
    else if (busy_i && !clears) refusal = WRITE_WHILE_BUSY;
    else if (!fits) refusal = ILLEGAL_VALUE;
    else if (starts && zero_count) refusal = ZERO_COUNT;
    else if (starts && $signed(low_q) > $signed(high_q)) refusal = EMPTY_RANGE;
    else refusal = 5'd0;
  end
  // Nothing starts while an error stands. That has no code, as the first error's is kept.
  assign write_refused_o = (refusal != 5'd0) | (starts & (error_i != 5'd0));
  wire write = write_i & ~write_refused_o;

  wire write_here = write & low_page;
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      tiles_q <= 16'd0;
      blocks_q <= 13'd0;
      vectors_q <= 17'd0;
      zero_q <= {(CODE_WIDTH + 1) {1'b0}};
      low_q <= {(CODE_WIDTH + 1) {1'b0}};
      high_q <= {(CODE_WIDTH + 1) {1'b0}};
      raw_q <= 1'b0;
      offset_q <= 32'd0;
      multiplier_q <= 32'd0;
    end else if (write_here) begin
      case (place)
        TILES_REGISTER: tiles_q <= write_data_i[15:0];
        BLOCKS_REGISTER: blocks_q <= write_data_i[12:0];
        VECTORS_REGISTER: vectors_q <= write_data_i[16:0];
        ZERO_REGISTER: zero_q <= write_data_i[CODE_WIDTH:0];
        LOW_REGISTER: low_q <= write_data_i[CODE_WIDTH:0];
        HIGH_REGISTER: high_q <= write_data_i[CODE_WIDTH:0];
        MODE_REGISTER: raw_q <= write_data_i[0];
        OFFSET_REGISTER: offset_q <= write_data_i;
        MULTIPLIER_REGISTER: multiplier_q <= write_data_i;
        default: ;
      endcase
    end
  end

  reg [31:0] read_data;
  reg read_there;
  always @* begin
    read_there = ~|read_address_i[19:8];
    read_data = 32'd0;
    case (read_address_i[7:0])
      ID_REGISTER: read_data = IDENTITY;
      VERSION_REGISTER: read_data = VERSION;
      SIZE_REGISTER: read_data = {COLS[15:0], ROWS[15:0]};
      WIDTHS_REGISTER: read_data = {ACC_WIDTH[7:0], CODE_WIDTH[7:0], B_WIDTH[7:0], A_WIDTH[7:0]};
      MAX_VECTORS_REGISTER: read_data = DEPTH;
      MAX_BLOCKS_REGISTER: read_data = BLOCKS;
      FEATURES_REGISTER: read_data = FEATURES;
      CONTROL_REGISTER: read_data = 32'd0;
      STATUS_REGISTER: read_data = {16'd0, status_i};
      ERROR_REGISTER: read_data = {27'd0, error_i};
      CYCLES_REGISTER: read_data = cycles_i;
      JOBS_REGISTER: read_data = jobs_i;
      TILES_REGISTER: read_data = {16'd0, tiles_q};
      BLOCKS_REGISTER: read_data = {19'd0, blocks_q};
      VECTORS_REGISTER: read_data = {15'd0, vectors_q};
      ZERO_REGISTER: read_data = {{(31 - CODE_WIDTH) {zero_q[CODE_WIDTH]}}, zero_q};
      LOW_REGISTER: read_data = {{(31 - CODE_WIDTH) {low_q[CODE_WIDTH]}}, low_q};
      HIGH_REGISTER: read_data = {{(31 - CODE_WIDTH) {high_q[CODE_WIDTH]}}, high_q};
      MODE_REGISTER: read_data = {31'd0, raw_q};
      OFFSET_REGISTER: read_data = offset_q;
      MULTIPLIER_REGISTER: read_data = multiplier_q;
      default: read_there = 1'b0;
    endcase
    if (!read_there) read_data = 32'd0;
  end

  assign read_data_o = read_data;
  assign read_refused_o = ~read_there;
  assign error_o = write_i & (refusal != 5'd0) ? refusal : read_i & read_refused_o ? BAD_ADDRESS : 5'd0;
  assign start_o = write & starts;
  assign clear_o = write & clears;
  assign tiles_o = tiles_q;
  assign blocks_o = blocks_q;
  assign vectors_o = vectors_q;
  assign zero_o = zero_q;
  assign low_o = low_q;
  assign high_o = high_q;
  assign raw_o = raw_q;
  assign settings_write_o = write & ~low_page;
  assign settings_block_o = block[BLOCK-1:0];
  assign settings_column_o = column[COLUMN-1:0];
  assign offset_o = offset_q;
  assign multiplier_o = multiplier_q;
  assign shift_o = write_data_i[4:0];
endmodule
