// Delays a value by CYCLES cycles; with CYCLES = 0 it is a wire.
//
// Worked example, CYCLES = 2: value_i = 7 in cycle 0 -> value_o = 7 in cycle 2.
module delay_line #(
    parameter WIDTH = 8,  // 1 or more
    parameter CYCLES = 2  // 0 or more
) (
    input  wire             clk_i,
    input  wire             rst_ni,  // synchronous; clears all stages
    input  wire [WIDTH-1:0] value_i,
    output wire [WIDTH-1:0] value_o
);
  generate
    if (CYCLES == 0) begin : g_wire
      assign value_o = value_i;
      wire unused_clock = clk_i & rst_ni;
    end else if (CYCLES == 1) begin : g_register
      reg [WIDTH-1:0] stage_q;
      always @(posedge clk_i) stage_q <= value_i & {WIDTH{rst_ni}};
      assign value_o = stage_q;
    end else begin : g_stages
      reg [CYCLES*WIDTH-1:0] stages_q;  // the oldest on top
      always @(posedge clk_i) stages_q <= {stages_q[(CYCLES-1)*WIDTH-1:0], value_i} & {(CYCLES * WIDTH) {rst_ni}};
      assign value_o = stages_q[CYCLES*WIDTH-1:(CYCLES-1)*WIDTH];
    end
  endgenerate
endmodule
