// credit_fifo: beats leave in the order in which they were pushed, none is lost or doubled, and one that is offered stays until it
// is taken, whenever work is cancelled. A frame that cancel_i cuts gets one last beat, with error_o, and only that one: every
// beat is of a frame that ends. Places that are stored or reserved never pass DEPTH, nor stored ones DEPTH + 1; and when
// all that was reserved is pushed or cancelled and has left, all places are free again.
//
// What the surroundings promise: reserve_i only with room_o, push_i only into a reserved place and not with cancel_i.
//
// Worked example, DEPTH = 2: a beat without last_i is pushed, then cancel_i: two beats leave, the second with last_o and error_o.
module credit_fifo_properties #(
    parameter DEPTH = 2
) (
    input wire       clk_i,
    input wire       rst_ni,
    input wire       mark_i,
    input wire       reserve_i,
    input wire       push_i,
    input wire [1:0] data_i,
    input wire       last_i,
    input wire       cancel_i,
    input wire       ready_i
);
  wire room_o;
  wire valid_o;
  wire [1:0] data_o;
  wire last_o;
  wire error_o;
  credit_fifo #(.WIDTH(2), .DEPTH(DEPTH)) u_dut (
      .clk_i(clk_i), .rst_ni(rst_ni), .room_o(room_o), .reserve_i(reserve_i), .push_i(push_i), .data_i(data_i),
      .last_i(last_i), .cancel_i(cancel_i), .valid_o(valid_o), .ready_i(ready_i), .data_o(data_o), .last_o(last_o),
      .error_o(error_o)
  );

  reg [7:0] reserved_q;  // and not pushed
  reg open_q;            // the frame that is being pushed has begun
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      reserved_q <= 8'd0;
      open_q <= 1'b0;
    end else begin
      reserved_q <= cancel_i ? 8'd0 : reserved_q + {7'd0, reserve_i} - {7'd0, push_i};
      if (push_i) open_q <= ~last_i;
      if (cancel_i) open_q <= 1'b0;
    end
  end
  always @(*) begin
    assume (!reserve_i | (room_o & ~cancel_i));
    assume (!push_i | (reserved_q != 8'd0 & ~cancel_i));
  end

  wire in = push_i | (cancel_i & open_q);
  wire [3:0] in_data = push_i ? {1'b0, last_i, data_i} : 4'b1100;
  wire [7:0] inside;
  wire watched;
  wire [7:0] ahead;
  wire [3:0] kept;
  stream_order #(.WIDTH(4), .LIMIT(DEPTH + 1)) u_order (
      .clk_i(clk_i), .rst_ni(rst_ni), .mark_i(mark_i), .in_i(in), .in_data_i(in_data), .valid_i(valid_o),
      .ready_i(ready_i), .out_data_i({error_o, last_o, data_o}), .inside_o(inside), .watched_o(watched), .ahead_o(ahead),
      .kept_o(kept)
  );
  reg begun_q = 1'b0;
  always @(posedge clk_i) begun_q <= 1'b1;
  always @(*) begin
    if (begun_q) begin
      assert (valid_o == (inside != 8'd0));
      assert (reserved_q <= DEPTH);
      assert (room_o == (inside + reserved_q < DEPTH));
    end
  end
endmodule
