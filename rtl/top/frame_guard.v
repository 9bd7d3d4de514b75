// Watches the frames of a stream: each has to have length_i beats, tlast on the last one and nowhere else. What cannot be used
// is taken and dropped, so that whoever sends is never stuck.
//
//   before_o  a frame is offered, and there is nothing that it could belong to (armed_i is low)
//   short_o   tlast came early: this beat should not have had it
//   late_o    tlast is missing: this beat should have had it
//
// They last for the cycle in which they are seen. From the next one on drop_i is to be high: all beats are taken and dropped, until
// clear_i. A frame of which a part has been taken when clear_i comes is dropped to its end, armed or not.
//
// Worked example, length_i = 2, armed: beats A, B + tlast: both pass, with index_o 0 and 1. C + tlast passes, and short_o is high.
// D, E: both pass, and late_o is high with E; drop_i; F is dropped; clear_i; G + tlast is dropped; the next beat begins a frame.
module frame_guard #(
    parameter COUNT = 17  // bits of a length
) (
    input  wire             clk_i,
    input  wire             rst_ni,    // synchronous; the next beat begins a frame
    input  wire             armed_i,   // frames are expected
    input  wire             drop_i,    // take and drop everything
    input  wire             clear_i,   // drop what is left of a frame, and begin anew
    input  wire [COUNT-1:0] length_i,  // beats of a frame, 1 or more
    input  wire             valid_i,   // the stream
    output wire             ready_o,
    input  wire             last_i,    // tlast
    output wire             valid_o,   // what passes
    input  wire             ready_i,
    output wire [COUNT-1:0] index_o,   // which beat of its frame this is, from 0
    output wire             final_o,   // it is the one that has to have tlast
    output wire             before_o,
    output wire             short_o,
    output wire             late_o
);
  reg open_q;  // part of a frame has been taken
  reg rest_q;  // its rest is dropped
  reg [COUNT-1:0] index_q;
  wire drop = drop_i | rest_q;
  wire accept = valid_i & ready_o;
  wire pass = valid_o & ready_i;
  wire open = accept ? ~last_i : open_q;
  wire final_beat = index_q == length_i - {{(COUNT - 1) {1'b0}}, 1'b1};

  always @(posedge clk_i) begin
    if (!rst_ni) begin
      open_q <= 1'b0;
      rest_q <= 1'b0;
      index_q <= {COUNT{1'b0}};
    end else begin
      open_q <= open;
      rest_q <= (clear_i | rest_q) & open;
      if (drop) index_q <= {COUNT{1'b0}};
      else if (pass) index_q <= final_beat ? {COUNT{1'b0}} : index_q + {{(COUNT - 1) {1'b0}}, 1'b1};
    end
  end

  assign ready_o = drop | (armed_i & ready_i);
  assign valid_o = valid_i & armed_i & ~drop;
  assign index_o = index_q;
  assign final_o = final_beat;
  assign before_o = valid_i & ~armed_i & ~drop;
  assign short_o = pass & last_i & ~final_beat;
  assign late_o = pass & ~last_i & final_beat;
endmodule
