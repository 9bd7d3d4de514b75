// Accelerator: product_unit behind AXI4-Stream for data and AXI4-Lite for registers. docs/top.md has the register map, the
// frames and what happens when the surrounding breaks the protocol. Streams have the signal names of AMBA, for drivers to find.
//
//   s_axi --------------> axi_lite_slave -> register_file -> settings, counts -> job_control, job_sequencer
//   s_axis_weights -----> skid_buffer -> frame_guard --+
//                                                      +-> product_unit -+-> credit_fifo -> m_axis_codes
//   s_axis_vectors -----> skid_buffer -> frame_guard --+                 +-> credit_fifo -> m_axis_sums
//
// A job is a product of VECTORS activation vectors with TILES * ROWS weights of BLOCKS * COLS output channels. It takes
// BLOCKS * TILES frames of weights, ROWS beats each, a tile's last row first; as many frames of VECTORS vectors; and gives BLOCKS
// frames of VECTORS codes. Nothing that comes out of the array can be held back, so a vector that completes sums only
// enters while there is room for them in the FIFOs.
//
// Each weight, activation and code has a lane of whole bytes; what a lane has beyond them is ignored, and zero in codes.
// Sums have lanes of 32 bits, two's complement.
//
// Timing: a vector is in product_unit a cycle after its beat is taken, if nothing is in its way. Its codes are on the bus
// ROWS + COLS + 4 cycles after that. A vector a cycle needs FIFOS of ROWS + COLS + 5 or more.
//
// Worked example, ROWS = COLS = 2, exact multiplier, TILES = BLOCKS = VECTORS = 1, both channels with offset 7, multiplier 2^30 and
// shift 1, zero 10, low 0, high 255: weights beats {3, 4} and {1, 2} + tlast with tuser 2'b11, the vector {5, 6} + tlast: the sums
// 23 and 34, and the codes 10 + 30 / 4 = 17.5 -> 18 and 10 + 41 / 4 = 20.25 -> 20 + tlast.
module accelerator_top #(
    parameter ROWS = 4,             // 1 to 256: products in a sum
    parameter COLS = 4,             // 1 to 256: sums at a time
    parameter A_WIDTH = 8,          // bits of an activation
    parameter B_WIDTH = 8,          // bits of a weight
    parameter P_WIDTH = 16,         // bits of a product
    parameter P_SIGNED = 1,         // 1: products are two's complement
    parameter ACC_WIDTH = 32,       // bits of a sum, 8 to 32
    parameter SATURATE = 0,         // 1: sums are clamped, 0: they wrap around
    parameter DEPTH = 64,           // sums that can wait in a column, 1 to 65536: the most vectors of a tile
    parameter ADDRESS = DEPTH < 2 ? 1 : $clog2(DEPTH),  // derived, not to be set
    parameter CODE_WIDTH = 8,       // bits of a code, 2 to 16
    parameter SINGLE_ROUNDING = 0,  // 1: one rounding instead of two, see requantize
    parameter BLOCKS = 16,          // column blocks that have settings, 1 to 4096
    parameter BLOCK = BLOCKS < 2 ? 1 : $clog2(BLOCKS),  // derived, not to be set
    parameter COLUMN = COLS < 2 ? 1 : $clog2(COLS),     // derived, not to be set
    parameter FIFOS = ROWS + COLS + 8,   // results that can wait for their receiver, 1 to 65536
    parameter RAW_SUMS = 1,              // 1: sums can be sent as well, 0: m_axis_sums is never valid
    parameter A_LANE = 8 * ((A_WIDTH + 7) / 8),        // bits of a lane: derived, not to be set
    parameter B_LANE = 8 * ((B_WIDTH + 7) / 8),        // derived, not to be set
    parameter CODE_LANE = 8 * ((CODE_WIDTH + 7) / 8),  // derived, not to be set
    parameter AXI_ADDRESS = 20                         // derived, not to be set
) (
    input  wire                      clk_i,
    input  wire                      rst_ni,                 // synchronous; drops everything but the channels' settings

    input  wire                      s_axi_awvalid,
    output wire                      s_axi_awready,
    input  wire [AXI_ADDRESS-1:0]    s_axi_awaddr,
    input  wire                      s_axi_wvalid,
    output wire                      s_axi_wready,
    input  wire [31:0]               s_axi_wdata,
    input  wire [3:0]                s_axi_wstrb,
    output wire                      s_axi_bvalid,
    input  wire                      s_axi_bready,
    output wire [1:0]                s_axi_bresp,
    input  wire                      s_axi_arvalid,
    output wire                      s_axi_arready,
    input  wire [AXI_ADDRESS-1:0]    s_axi_araddr,
    output wire                      s_axi_rvalid,
    input  wire                      s_axi_rready,
    output wire [31:0]               s_axi_rdata,
    output wire [1:0]                s_axi_rresp,

    input  wire                      s_axis_weights_tvalid,
    output wire                      s_axis_weights_tready,
    input  wire [COLS*B_LANE-1:0]    s_axis_weights_tdata,   // a row, column c in lane c
    input  wire [COLS-1:0]           s_axis_weights_tuser,   // the weights that are there; the others add nothing
    input  wire                      s_axis_weights_tlast,

    input  wire                      s_axis_vectors_tvalid,
    output wire                      s_axis_vectors_tready,
    input  wire [ROWS*A_LANE-1:0]    s_axis_vectors_tdata,   // row r in lane r
    input  wire                      s_axis_vectors_tlast,

    output wire                      m_axis_codes_tvalid,
    input  wire                      m_axis_codes_tready,
    output wire [COLS*CODE_LANE-1:0] m_axis_codes_tdata,     // column c in lane c
    output wire                      m_axis_codes_tuser,     // the frame was ended before its time
    output wire                      m_axis_codes_tlast,

    output wire                      m_axis_sums_tvalid,
    input  wire                      m_axis_sums_tready,
    output wire [COLS*32-1:0]        m_axis_sums_tdata,      // column c in lane c, without the offset
    output wire                      m_axis_sums_tuser,
    output wire                      m_axis_sums_tlast
);
  generate
    if (A_LANE != 8 * ((A_WIDTH + 7) / 8)) begin : g_bad_a_lane
      illegal_A_LANE_must_be_A_WIDTH_in_whole_bytes u_bad ();
    end
    if (B_LANE != 8 * ((B_WIDTH + 7) / 8)) begin : g_bad_b_lane
      illegal_B_LANE_must_be_B_WIDTH_in_whole_bytes u_bad ();
    end
    if (CODE_LANE != 8 * ((CODE_WIDTH + 7) / 8)) begin : g_bad_code_lane
      illegal_CODE_LANE_must_be_CODE_WIDTH_in_whole_bytes u_bad ();
    end
    if (FIFOS < 1 || FIFOS > 65536) begin : g_bad_fifos
      illegal_FIFOS_must_be_1_to_65536 u_bad ();
    end
  endgenerate

  // Registers.
  wire write, write_refused, read, read_refused;
  wire [AXI_ADDRESS-1:0] write_address, read_address;
  wire [31:0] write_data, read_data;
  wire [3:0] write_strobe;
  axi_lite_slave #(.ADDRESS(AXI_ADDRESS)) u_slave (
      .clk_i(clk_i), .rst_ni(rst_ni),
      .s_axi_awvalid(s_axi_awvalid), .s_axi_awready(s_axi_awready), .s_axi_awaddr(s_axi_awaddr),
      .s_axi_wvalid(s_axi_wvalid), .s_axi_wready(s_axi_wready), .s_axi_wdata(s_axi_wdata), .s_axi_wstrb(s_axi_wstrb),
      .s_axi_bvalid(s_axi_bvalid), .s_axi_bready(s_axi_bready), .s_axi_bresp(s_axi_bresp),
      .s_axi_arvalid(s_axi_arvalid), .s_axi_arready(s_axi_arready), .s_axi_araddr(s_axi_araddr),
      .s_axi_rvalid(s_axi_rvalid), .s_axi_rready(s_axi_rready), .s_axi_rdata(s_axi_rdata), .s_axi_rresp(s_axi_rresp),
      .write_o(write), .write_address_o(write_address), .write_data_o(write_data), .write_strobe_o(write_strobe),
      .write_refused_i(write_refused), .read_o(read), .read_address_o(read_address), .read_data_i(read_data),
      .read_refused_i(read_refused)
  );

  wire start, clear, halt, armed, busy, dropping, finished, raw;
  wire [4:0] access_error, error;
  wire [31:0] cycles, jobs;
  wire [15:0] tiles;
  wire [12:0] blocks;
  wire [16:0] vectors;
  wire [CODE_WIDTH:0] zero, low, high;
  wire settings_write;
  wire [BLOCK-1:0] settings_block;
  wire [COLUMN-1:0] settings_column;
  wire [31:0] offset, multiplier;
  wire [4:0] shift;
  wire [7:0] handshakes = {
    m_axis_sums_tready, m_axis_sums_tvalid, m_axis_codes_tready, m_axis_codes_tvalid,
    s_axis_vectors_tready, s_axis_vectors_tvalid, s_axis_weights_tready, s_axis_weights_tvalid
  };
  register_file #(
      .ADDRESS(AXI_ADDRESS), .ROWS(ROWS), .COLS(COLS), .A_WIDTH(A_WIDTH), .B_WIDTH(B_WIDTH), .ACC_WIDTH(ACC_WIDTH),
      .FEATURES((RAW_SUMS != 0 ? 1 : 0) + (SATURATE != 0 ? 2 : 0) + (P_SIGNED != 0 ? 4 : 0) + (SINGLE_ROUNDING != 0 ? 8 : 0)),
      .DEPTH(DEPTH), .BLOCKS(BLOCKS), .BLOCK(BLOCK), .COLUMN(COLUMN), .CODE_WIDTH(CODE_WIDTH)
  ) u_registers (
      .clk_i(clk_i), .rst_ni(rst_ni),
      .write_i(write), .write_address_i(write_address), .write_data_i(write_data), .write_strobe_i(write_strobe),
      .write_refused_o(write_refused), .read_i(read), .read_address_i(read_address), .read_data_o(read_data),
      .read_refused_o(read_refused),
      .busy_i(busy), .error_i(error), .status_i({handshakes, 4'd0, armed, dropping, |error, busy}),
      .cycles_i(cycles), .jobs_i(jobs),
      .start_o(start), .clear_o(clear), .error_o(access_error), .tiles_o(tiles), .blocks_o(blocks), .vectors_o(vectors),
      .zero_o(zero), .low_o(low), .high_o(high), .raw_o(raw),
      .settings_write_o(settings_write), .settings_block_o(settings_block), .settings_column_o(settings_column),
      .offset_o(offset), .multiplier_o(multiplier), .shift_o(shift)
  );

  wire weights_before, weights_short, weights_late, vectors_before, vectors_short, vectors_late;
  job_control u_control (
      .clk_i(clk_i), .rst_ni(rst_ni), .start_i(start), .clear_i(clear), .finished_i(finished), .access_error_i(access_error),
      .weights_before_i(weights_before), .weights_short_i(weights_short), .weights_late_i(weights_late),
      .vectors_before_i(vectors_before), .vectors_short_i(vectors_short), .vectors_late_i(vectors_late),
      .halt_o(halt), .armed_o(armed), .busy_o(busy), .dropping_o(dropping), .error_o(error), .cycles_o(cycles), .jobs_o(jobs)
  );

  // Weights: tiles need no configuration, so the next job's first one may come in while this job's last vectors are under way.
  wire row_offered, row_taken, row_last, row_valid, row_ready;
  wire [COLS*(B_LANE+1)-1:0] row_beat;
  skid_buffer #(.WIDTH(COLS * (B_LANE + 1) + 1)) u_skid_weights (
      .clk_i(clk_i), .rst_ni(rst_ni), .valid_i(s_axis_weights_tvalid), .ready_o(s_axis_weights_tready),
      .data_i({s_axis_weights_tlast, s_axis_weights_tuser, s_axis_weights_tdata}),
      .valid_o(row_offered), .ready_i(row_taken), .data_o({row_last, row_beat})
  );
  wire [8:0] unused_row_index;
  wire unused_row_final;
  frame_guard #(.COUNT(9)) u_guard_weights (
      .clk_i(clk_i), .rst_ni(rst_ni), .armed_i(armed), .drop_i(dropping), .clear_i(clear), .length_i(ROWS[8:0]),
      .valid_i(row_offered), .ready_o(row_taken), .last_i(row_last), .valid_o(row_valid), .ready_i(row_ready),
      .index_o(unused_row_index), .final_o(unused_row_final),
      .before_o(weights_before), .short_o(weights_short), .late_o(weights_late)
  );

  // Vectors.
  wire vector_offered, vector_taken, vector_last, vector_passes, vector_ready, vector_final;
  wire [ROWS*A_LANE-1:0] vector_beat;
  wire [16:0] vector_index;
  skid_buffer #(.WIDTH(ROWS * A_LANE + 1)) u_skid_vectors (
      .clk_i(clk_i), .rst_ni(rst_ni), .valid_i(s_axis_vectors_tvalid), .ready_o(s_axis_vectors_tready),
      .data_i({s_axis_vectors_tlast, s_axis_vectors_tdata}),
      .valid_o(vector_offered), .ready_i(vector_taken), .data_o({vector_last, vector_beat})
  );
  wire feeding, first, last, codes_room, sums_room;
  wire [BLOCK-1:0] block;
  wire room = ~last | (codes_room & (sums_room | ~raw));
  wire accept = vector_passes & feeding & room & vector_ready;
  frame_guard #(.COUNT(17)) u_guard_vectors (
      .clk_i(clk_i), .rst_ni(rst_ni), .armed_i(armed), .drop_i(dropping), .clear_i(clear), .length_i(vectors),
      .valid_i(vector_offered), .ready_o(vector_taken), .last_i(vector_last),
      .valid_o(vector_passes), .ready_i(feeding & room & vector_ready),
      .index_o(vector_index), .final_o(vector_final),
      .before_o(vectors_before), .short_o(vectors_short), .late_o(vectors_late)
  );
  wire unused_index = |(vector_index >> ADDRESS);
  job_sequencer #(.BLOCK(BLOCK)) u_sequencer (
      .clk_i(clk_i), .rst_ni(rst_ni), .start_i(start), .tiles_i(tiles), .blocks_i(blocks),
      .tile_end_i(accept & vector_final), .feeding_o(feeding), .first_o(first), .last_o(last), .block_o(block)
  );

  // Lanes to packed operands.
  wire [COLS*B_WIDTH-1:0] row;
  wire [ROWS*A_WIDTH-1:0] activations;
  wire sums_valid, codes_valid;
  wire [ADDRESS-1:0] sums_address;
  wire [COLS*ACC_WIDTH-1:0] sums;
  wire [COLS*CODE_WIDTH-1:0] codes;
  wire [COLS*32-1:0] sums_lanes;
  wire [COLS*CODE_LANE-1:0] codes_lanes;
  genvar r, c;
  generate
    for (r = 0; r < ROWS; r = r + 1) begin : g_row
      assign activations[(r+1)*A_WIDTH-1:r*A_WIDTH] = vector_beat[r*A_LANE+A_WIDTH-1:r*A_LANE];
    end
    for (c = 0; c < COLS; c = c + 1) begin : g_col
      assign row[(c+1)*B_WIDTH-1:c*B_WIDTH] = row_beat[c*B_LANE+B_WIDTH-1:c*B_LANE];
      wire signed [ACC_WIDTH-1:0] sum = sums[(c+1)*ACC_WIDTH-1:c*ACC_WIDTH];
      wire signed [31:0] wide = {{(32 - ACC_WIDTH + 1) {sum[ACC_WIDTH-1]}}, sum[ACC_WIDTH-2:0]};
      assign sums_lanes[(c+1)*32-1:c*32] = wide;
      if (CODE_LANE == CODE_WIDTH) begin : g_whole
        assign codes_lanes[(c+1)*CODE_LANE-1:c*CODE_LANE] = codes[(c+1)*CODE_WIDTH-1:c*CODE_WIDTH];
      end else begin : g_padded
        assign codes_lanes[(c+1)*CODE_LANE-1:c*CODE_LANE] = {
          {(CODE_LANE - CODE_WIDTH) {1'b0}}, codes[(c+1)*CODE_WIDTH-1:c*CODE_WIDTH]
        };
      end
    end
  endgenerate
  wire unused_lanes = (|row_beat) | (|vector_beat);

  product_unit #(
      .ROWS(ROWS), .COLS(COLS), .A_WIDTH(A_WIDTH), .B_WIDTH(B_WIDTH), .P_WIDTH(P_WIDTH), .P_SIGNED(P_SIGNED),
      .ACC_WIDTH(ACC_WIDTH), .SATURATE(SATURATE), .DEPTH(DEPTH), .ADDRESS(ADDRESS), .CODE_WIDTH(CODE_WIDTH),
      .SINGLE_ROUNDING(SINGLE_ROUNDING), .BLOCKS(BLOCKS), .BLOCK(BLOCK), .COLUMN(COLUMN)
  ) u_unit (
      .clk_i(clk_i), .rst_ni(rst_ni & ~halt),
      .settings_write_i(settings_write), .settings_block_i(settings_block), .settings_column_i(settings_column),
      .offset_i(offset), .multiplier_i(multiplier), .shift_i(shift), .zero_i(zero), .low_i(low), .high_i(high),
      .row_valid_i(row_valid), .row_ready_o(row_ready), .row_i(row), .row_mask_i(row_beat[COLS*(B_LANE+1)-1:COLS*B_LANE]),
      .vector_valid_i(vector_passes & feeding & room), .vector_ready_o(vector_ready), .vector_i(activations),
      .swap_i(vector_index == 17'd0), .first_i(first), .last_i(last), .address_i(vector_index[ADDRESS-1:0]), .block_i(block),
      .sums_valid_o(sums_valid), .sums_address_o(sums_address), .sums_o(sums),
      .codes_valid_o(codes_valid), .codes_o(codes)
  );

  // Results.
  wire codes_last;
  job_results u_results (
      .clk_i(clk_i), .rst_ni(rst_ni), .start_i(start), .vectors_i(vectors), .blocks_i(blocks),
      .result_i(codes_valid), .last_o(codes_last), .finished_o(finished)
  );
  credit_fifo #(.WIDTH(COLS * CODE_LANE), .DEPTH(FIFOS)) u_codes (
      .clk_i(clk_i), .rst_ni(rst_ni), .room_o(codes_room), .reserve_i(accept & last),
      .push_i(codes_valid), .data_i(codes_lanes), .last_i(codes_last), .cancel_i(halt),
      .valid_o(m_axis_codes_tvalid), .ready_i(m_axis_codes_tready), .data_o(m_axis_codes_tdata),
      .last_o(m_axis_codes_tlast), .error_o(m_axis_codes_tuser)
  );
  generate
    if (RAW_SUMS != 0) begin : g_sums
      wire sums_last = {{(17 - ADDRESS) {1'b0}}, sums_address} == vectors - 17'd1;
      credit_fifo #(.WIDTH(COLS * 32), .DEPTH(FIFOS)) u_sums (
          .clk_i(clk_i), .rst_ni(rst_ni), .room_o(sums_room), .reserve_i(accept & last & raw),
          .push_i(sums_valid & raw), .data_i(sums_lanes), .last_i(sums_last), .cancel_i(halt),
          .valid_o(m_axis_sums_tvalid), .ready_i(m_axis_sums_tready), .data_o(m_axis_sums_tdata),
          .last_o(m_axis_sums_tlast), .error_o(m_axis_sums_tuser)
      );
    end else begin : g_no_sums
      assign sums_room = 1'b1;
      assign m_axis_sums_tvalid = 1'b0;
      assign m_axis_sums_tdata = {(COLS * 32) {1'b0}};
      assign m_axis_sums_tlast = 1'b0;
      assign m_axis_sums_tuser = 1'b0;
      wire unused_sums = sums_valid | (|sums_address) | (|sums_lanes) | m_axis_sums_tready;
    end
  endgenerate
endmodule
