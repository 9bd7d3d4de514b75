// What state the accelerator is in: armed, busy, dropping, and the error that stands.
//
//   armed     START has been accepted since the last reset, CLEAR or abort: frames are expected
//   busy      from START to the job's last code
//   dropping  a stream has broken the protocol: the job is aborted, and all beats are taken and dropped until CLEAR
//
// The first error stands until CLEAR. One of an access to registers has no other effect; one of a stream aborts. halt_o is high in
// the cycle in which whatever runs is to be dropped, by an abort or by CLEAR.
//
// Worked example: START in cycle 0, armed and busy from cycle 1. A frame of vectors is short in cycle 9: halt_o in cycle 9, from
// cycle 10 on dropping, not busy, error VECTORS_SHORT. CLEAR in cycle 20: from cycle 21 on nothing of it stands.
module job_control (
    input  wire        clk_i,
    input  wire        rst_ni,            // synchronous
    input  wire        start_i,           // each for a cycle
    input  wire        clear_i,
    input  wire        finished_i,
    input  wire [4:0]  access_error_i,    // code of a refused access to registers, or 0
    input  wire        weights_before_i,  // see frame_guard
    input  wire        weights_short_i,
    input  wire        weights_late_i,
    input  wire        vectors_before_i,
    input  wire        vectors_short_i,
    input  wire        vectors_late_i,
    output wire        halt_o,
    output wire        armed_o,
    output wire        busy_o,
    output wire        dropping_o,
    output wire [4:0]  error_o,           // 0: none
    output wire [31:0] cycles_o,          // of the job, or of the last one: those in which it is busy
    output wire [31:0] jobs_o             // that have finished since the reset
);
  localparam [4:0] WEIGHTS_BEFORE_START = 5'd16;
  localparam [4:0] WEIGHTS_SHORT = 5'd17;
  localparam [4:0] WEIGHTS_LATE = 5'd18;
  localparam [4:0] VECTORS_BEFORE_START = 5'd19;
  localparam [4:0] VECTORS_SHORT = 5'd20;
  localparam [4:0] VECTORS_LATE = 5'd21;

  wire [4:0] stream_error = weights_before_i ? WEIGHTS_BEFORE_START
                          : weights_short_i ? WEIGHTS_SHORT
                          : weights_late_i ? WEIGHTS_LATE
                          : vectors_before_i ? VECTORS_BEFORE_START
                          : vectors_short_i ? VECTORS_SHORT
                          : vectors_late_i ? VECTORS_LATE : 5'd0;
  wire abort = stream_error != 5'd0;
  wire [4:0] new_error = abort ? stream_error : access_error_i;

  reg armed_q;
  reg busy_q;
  reg dropping_q;
  reg [4:0] error_q;
  reg [31:0] cycles_q;
  reg [31:0] jobs_q;
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      armed_q <= 1'b0;
      busy_q <= 1'b0;
      dropping_q <= 1'b0;
      error_q <= 5'd0;
      cycles_q <= 32'd0;
      jobs_q <= 32'd0;
    end else begin
      armed_q <= ~halt_o & (armed_q | start_i);
      busy_q <= ~halt_o & (start_i | (busy_q & ~finished_i));
      dropping_q <= ~clear_i & (dropping_q | abort);
      if (clear_i) error_q <= 5'd0;
      else if (error_q == 5'd0) error_q <= new_error;
      if (start_i) cycles_q <= 32'd0;
      else if (busy_q) cycles_q <= cycles_q + 32'd1;
      if (finished_i & ~halt_o) jobs_q <= jobs_q + 32'd1;
    end
  end

  assign halt_o = clear_i | abort;
  assign armed_o = armed_q;
  assign busy_o = busy_q;
  assign dropping_o = dropping_q;
  assign error_o = error_q;
  assign cycles_o = cycles_q;
  assign jobs_o = jobs_q;
endmodule
