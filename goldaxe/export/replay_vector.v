// Replays runs of one module of the vector unit: a step in every cycle, every result that counts compared, cycles counted.
// The test bench connects the module, fills the memories and calls `replay` once for each layer.
//
// Inputs change at the falling edge; outputs count just before the rising one, 4 ns later.
//
// Worked example: replay(2, 5, 1, 8) takes steps 0 to 4 after a reset and compares the first result with result_words[0] where
// mask_words[0] has ones, then steps 5 to 9 with result_words[1]; each run has to take 8 cycles from its first step on.
`timescale 1ns / 1ps
module replay_vector #(
    parameter STEP = 1,     // bits of a step: all inputs of the module
    parameter RESULT = 1,   // bits of a result: all outputs
    parameter SLICE = 1,    // bits of an integer in a result
    parameter STEPS = 1,    // words of the largest layer
    parameter RESULTS = 1
) (
    input  wire              clk_i,
    output reg               rst_no,
    output reg               valid_o,
    output reg  [STEP-1:0]   step_o,
    input  wire              valid_i,
    input  wire [RESULT-1:0] result_i
);
  localparam PATIENCE = 64;  // cycles without a step or a result, more than any latency

  reg [STEP-1:0] step_words [0:STEPS-1];
  reg [RESULT-1:0] result_words [0:RESULTS-1];
  reg [RESULT-1:0] mask_words [0:RESULTS-1];

  integer errors = 0, layers = 0, compared = 0;
  integer wrong, run, at_step, at_result, cycle, idle, c;
  reg [RESULT-1:0] expected, mask;

  initial begin
    rst_no = 1'b0;
    valid_o = 1'b0;
    step_o = {STEP{1'b0}};
  end

  task replay(input integer runs, input integer steps, input integer results, input integer cycles);
    begin
      wrong = 0;
      for (run = 0; run < runs; run = run + 1) begin
        rst_no = 1'b0;
        valid_o = 1'b0;
        @(negedge clk_i) rst_no = 1'b1;
        at_step = 0; at_result = 0; cycle = 0; idle = 0;
        while (at_result < results && idle < PATIENCE) begin
          valid_o = at_step < steps;
          if (valid_o) step_o = step_words[run*steps+at_step];
          #4;
          idle = idle + 1;
          if (valid_o) begin
            at_step = at_step + 1;
            idle = 0;
          end
          if (valid_i) begin
            expected = result_words[run*results+at_result];
            mask = mask_words[run*results+at_result];
            for (c = 0; c < RESULT / SLICE; c = c + 1) begin
              if (mask[c*SLICE]) begin
                compared = compared + 1;
                if (result_i[c*SLICE+:SLICE] !== expected[c*SLICE+:SLICE]) begin
                  if (wrong < 5) $display("run %0d, result %0d, slice %0d: %h, expected %h", run, at_result, c,
                                          result_i[c*SLICE+:SLICE], expected[c*SLICE+:SLICE]);
                  wrong = wrong + 1;
                end
              end
            end
            at_result = at_result + 1;
            idle = 0;
          end
          cycle = cycle + 1;
          @(negedge clk_i);
        end
        if (at_result < results) begin
          $display("run %0d is stuck: %0d of %0d steps, %0d of %0d results", run, at_step, steps, at_result, results);
          wrong = wrong + 1;
        end else if (cycle != cycles) begin
          $display("run %0d took %0d cycles, expected %0d", run, cycle, cycles);
          wrong = wrong + 1;
        end
      end
      valid_o = 1'b0;
      errors = errors + wrong;
      layers = layers + 1;
    end
  endtask
endmodule
