// job_control: START arms and makes busy; the last code ends busy, an error of a stream or CLEAR ends both at once, as halt_o says in
// its cycle. From a stream's error until CLEAR beats are dropped. The first error since the last CLEAR stands, and is one that was
// there. CYCLES counts the cycles of this job or of the last one, JOBS those that ended by their last code, in all of their bits.
//
// Worked example: start_i in cycle 0, finished_i in cycle 3: busy_o in cycles 1 to 3, cycles_o 3 from cycle 4 on, jobs_o one more.
module job_control_properties (
    input wire       clk_i,
    input wire       rst_ni,
    input wire       start_i,
    input wire       clear_i,
    input wire       finished_i,
    input wire [4:0] access_error_i,
    input wire [5:0] streams_i        // the errors of streams, as codes 16 to 21 name them
);
  wire halt, armed, busy, dropping;
  wire [4:0] error;
  wire [31:0] cycles, jobs;
  job_control u_dut (
      .clk_i(clk_i), .rst_ni(rst_ni), .start_i(start_i), .clear_i(clear_i), .finished_i(finished_i),
      .access_error_i(access_error_i), .weights_before_i(streams_i[0]), .weights_short_i(streams_i[1]),
      .weights_late_i(streams_i[2]), .vectors_before_i(streams_i[3]), .vectors_short_i(streams_i[4]),
      .vectors_late_i(streams_i[5]), .halt_o(halt), .armed_o(armed), .busy_o(busy), .dropping_o(dropping), .error_o(error),
      .cycles_o(cycles), .jobs_o(jobs)
  );

  // The cycle before.
  reg begun_q = 1'b0;
  reg reset_q, start_q, clear_q, finished_q, armed_q, busy_q, dropping_q;
  reg [4:0] access_q, error_q;
  reg [5:0] streams_q;
  reg [31:0] cycles_q, jobs_q;
  always @(posedge clk_i) begin
    begun_q <= 1'b1;
    {reset_q, start_q, clear_q, finished_q} <= {~rst_ni, start_i, clear_i, finished_i};
    {access_q, streams_q} <= {access_error_i, streams_i};
    {armed_q, busy_q, dropping_q, error_q, cycles_q, jobs_q} <= {armed, busy, dropping, error, cycles, jobs};
  end
  wire abort_q = streams_q != 6'd0;
  wire halt_q = clear_q | abort_q;
  wire [31:0] one = 32'd1;
  wire [31:0] seen = {10'd0, streams_q, 16'd0};  // bit n: code n was there

  always @(*) begin
    if (!begun_q) assume (!rst_ni);
    assert (halt == (clear_i | (streams_i != 6'd0)));
    if (begun_q & reset_q) assert (~armed & ~busy & ~dropping & error == 5'd0 & cycles == 32'd0 & jobs == 32'd0);
    if (begun_q & ~reset_q) begin
      if (halt_q) assert (~armed & ~busy);
      else if (start_q) assert (armed & busy);
      else assert (armed == armed_q & busy == (busy_q & ~finished_q));
      if (clear_q) assert (~dropping);
      else assert (dropping == (dropping_q | abort_q));
      if (clear_q) assert (error == 5'd0);
      else if (error_q != 5'd0) assert (error == error_q);
      else if (abort_q) assert ((seen & (one << error)) != 32'd0);
      else assert (error == access_q);
      if (start_q) assert (cycles == 32'd0);
      else assert (cycles - cycles_q == {31'd0, busy_q});
      assert (jobs - jobs_q == {31'd0, finished_q & ~halt_q});
    end
  end
endmodule
