// frame_guard: the beats that pass are numbered from 0 in their frame, and the one numbered length_i - 1 is the one that final_o
// marks; a tlast on another beat is short_o, none on that beat is late_o, and neither comes otherwise. Nothing passes while beats
// are dropped, and what is dropped is taken at once, so its sender is never stuck. A frame that was cut is dropped to its tlast.
//
// What the surroundings promise: after short_o, late_o or before_o drop_i is high until clear_i; length_i does not change in a frame.
//
// Worked example, length_i = 2: beats with tlast 0, 1 -> index_o 0, 1, final_o 0, 1, no error.
module frame_guard_properties #(
    parameter COUNT = 3
) (
    input wire       clk_i,
    input wire       rst_ni,
    input wire       armed_i,
    input wire       clear_i,
    input wire [COUNT-1:0] length_i,
    input wire       valid_i,
    input wire       last_i,
    input wire       ready_i,
    input wire       seen_open,   // the guard's own registers, for the induction
    input wire       seen_rest
);
  localparam [COUNT-1:0] NONE = 0;
  localparam [COUNT-1:0] ONE = 1;
  wire ready_o;
  wire valid_o;
  wire [COUNT-1:0] index_o;
  wire final_o;
  wire before_o;
  wire short_o;
  wire late_o;
  reg drop_q;
  frame_guard #(.COUNT(COUNT)) u_dut (
      .clk_i(clk_i), .rst_ni(rst_ni), .armed_i(armed_i), .drop_i(drop_q), .clear_i(clear_i), .length_i(length_i),
      .valid_i(valid_i), .ready_o(ready_o), .last_i(last_i), .valid_o(valid_o), .ready_i(ready_i), .index_o(index_o),
      .final_o(final_o), .before_o(before_o), .short_o(short_o), .late_o(late_o)
  );
  wire pass = valid_o & ready_i;
  wire take = valid_i & ready_o;
  wire dropped = take & ~pass;

  reg begun_q = 1'b0;
  reg [COUNT-1:0] passed_q;  // beats of this frame
  reg [COUNT-1:0] length_q;
  reg open_q;          // the last beat that was taken had no tlast
  reg rest_q;          // and belongs to a frame that was cut
  wire open = take ? ~last_i : open_q;
  always @(posedge clk_i) begin
    begun_q <= 1'b1;
    length_q <= length_i;
    if (!rst_ni) begin
      drop_q <= 1'b0;
      passed_q <= NONE;
      open_q <= 1'b0;
      rest_q <= 1'b0;
    end else begin
      drop_q <= (short_o | late_o | before_o | drop_q) & ~clear_i;
      if (drop_q | rest_q) passed_q <= NONE;
      else if (pass) passed_q <= passed_q + ONE == length_i ? NONE : passed_q + ONE;
      open_q <= open;
      rest_q <= (clear_i | rest_q) & open;
    end
  end
  always @(*) begin
    if (!begun_q) assume (!rst_ni);
    assume (length_i != NONE);
    if (begun_q & passed_q != NONE) assume (length_i == length_q);
    if (begun_q) begin
      assert (seen_open == open_q & seen_rest == rest_q);
      assert (index_o == passed_q);
      assert (passed_q == NONE | passed_q < length_q);
      assert (final_o == (passed_q == length_i - ONE));
      assert (short_o == (pass & last_i & ~final_o));
      assert (late_o == (pass & ~last_i & final_o));
      assert (before_o == (valid_i & ~armed_i & ~drop_q & ~rest_q));
      if (drop_q | rest_q) assert (ready_o & ~valid_o);
      if (pass) assert (take & armed_i);
      if (take & ~drop_q & ~rest_q) assert (pass);
      if (valid_i & armed_i & ~drop_q & ~rest_q) assert (valid_o & (ready_o == ready_i));
    end
  end
endmodule
