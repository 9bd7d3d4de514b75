// A FIFO for results that cannot be held back: a place is reserved when work begins, so there is room when its result comes.
//
// room_o says that a place is free; reserve_i takes it, push_i fills it some cycles later, and when the beat leaves it is free
// again. cancel_i gives all places back that are reserved and not filled. If the frame that was being pushed has not had its last
// beat, cancel_i ends it by one of zeros with last_o and error_o, so that its receiver is not left waiting. There is always a
// place for that: the memory has one more than can be reserved, and a frame is only open if the beat pushed last had a reserved one.
//
// Worked example, DEPTH = 2: two places are reserved in cycles 0 and 1, room_o is low from cycle 2 on. In cycle 5 the first beat
// is pushed, in cycle 6 it leaves (valid_o and ready_i), and room_o is high in cycle 7. cancel_i then ends the frame.
module credit_fifo #(
    parameter WIDTH = 8,  // bits of a beat, 1 or more
    parameter DEPTH = 8   // places that can be reserved, 1 to 65536
) (
    input  wire             clk_i,
    input  wire             rst_ni,     // synchronous; empty
    output wire             room_o,
    input  wire             reserve_i,  // only with room_o
    input  wire             push_i,     // only into a reserved place, and not with cancel_i
    input  wire [WIDTH-1:0] data_i,
    input  wire             last_i,     // the last beat of a frame
    input  wire             cancel_i,
    output wire             valid_o,
    input  wire             ready_i,
    output wire [WIDTH-1:0] data_o,
    output wire             last_o,
    output wire             error_o     // the frame was ended before its time
);
  generate
    if (WIDTH < 1) begin : g_bad_width
      illegal_WIDTH_must_be_1_or_more u_bad ();
    end
    if (DEPTH < 1 || DEPTH > 65536) begin : g_bad_depth
      illegal_DEPTH_must_be_1_to_65536 u_bad ();
    end
  endgenerate

  localparam PLACE = $clog2(DEPTH + 1);  // bits of a place's number, 0 to DEPTH
  localparam COUNT = $clog2(DEPTH + 2);  // bits of a count of places
  localparam [PLACE-1:0] FINAL = DEPTH[PLACE-1:0];
  localparam [COUNT-1:0] LIMIT = DEPTH[COUNT-1:0];
  localparam [PLACE-1:0] ONE = 1;
  reg [WIDTH+1:0] places_q [0:DEPTH];
  reg [PLACE-1:0] read_q;
  reg [PLACE-1:0] write_q;
  reg [COUNT-1:0] stored_q;
  reg [COUNT-1:0] taken_q;  // stored or reserved
  reg open_q;               // the beat pushed last was not the last of its frame

  wire pop = valid_o & ready_i;
  wire push = cancel_i ? open_q : push_i;
  wire [COUNT-1:0] stored = stored_q + {{(COUNT - 1) {1'b0}}, push} - {{(COUNT - 1) {1'b0}}, pop};
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      read_q <= {PLACE{1'b0}};
      write_q <= {PLACE{1'b0}};
      stored_q <= {COUNT{1'b0}};
      taken_q <= {COUNT{1'b0}};
      open_q <= 1'b0;
    end else begin
      if (pop) read_q <= (read_q == FINAL) ? {PLACE{1'b0}} : read_q + ONE;
      if (push) write_q <= (write_q == FINAL) ? {PLACE{1'b0}} : write_q + ONE;
      stored_q <= stored;
      if (cancel_i) taken_q <= stored;
      else taken_q <= taken_q + {{(COUNT - 1) {1'b0}}, reserve_i} - {{(COUNT - 1) {1'b0}}, pop};
      if (push) open_q <= ~(last_i | cancel_i);
    end
  end
  always @(posedge clk_i) begin
    if (push) places_q[write_q] <= {cancel_i, cancel_i | last_i, data_i & {WIDTH{~cancel_i}}};
  end

  assign room_o = taken_q < LIMIT;
  assign valid_o = stored_q != {COUNT{1'b0}};
  assign {error_o, last_o, data_o} = places_q[read_q];
endmodule
