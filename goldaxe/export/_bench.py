"""The exported test bench: Verilog that replays memory images on both units and counts what differs."""

from __future__ import annotations

from collections.abc import Sequence

from accelerator.array import UnitConfig

from ._images import Images
from ._vector_images import VectorImages

_BENCH = """// Replays memory images on {top}, and on the vector unit, and compares every integer and the cycles. Generated.
// Icarus: sh run_icarus.sh; Verilator 5: sh run_verilator.sh; from this folder. The last line is PASS or FAIL.
`timescale 1ns / 1ps
module tb;
  localparam ROWS = {rows}, COLS = {cols}, A = {a}, B = {b}, ACC = {acc}, CODE = {code}, ADDRESS = {address}, BLOCK = {block};
  localparam COLUMN = {column}, VECTOR = ROWS * A + 3 + ADDRESS + BLOCK;

  reg clk = 1'b0;
  always #5 clk = ~clk;

  reg [COLS*B+COLS-1:0] row_words [0:{row_words}];
  reg [VECTOR-1:0] vector_words [0:{vector_words}];
  reg [68:0] setting_words [0:{setting_words}];
  reg [COLS*ACC-1:0] sum_words [0:{sum_words}];
  reg [COLS*CODE-1:0] code_words [0:{sum_words}];
  reg [COLS-1:0] count_words [0:{sum_words}];

  reg rst_n, settings_write, row_valid, vector_valid;
  reg [BLOCK-1:0] settings_block;
  reg [COLUMN-1:0] settings_column;
  reg [68:0] setting;
  reg [CODE:0] zero, low, high;
  reg [COLS*B+COLS-1:0] row;
  reg [VECTOR-1:0] vector;
  wire row_ready, vector_ready, sums_valid, codes_valid;
  wire [ADDRESS-1:0] sums_address;
  wire [COLS*ACC-1:0] sums;
  wire [COLS*CODE-1:0] codes;

  {top} dut (
      .clk_i(clk), .rst_ni(rst_n),
      .settings_write_i(settings_write), .settings_block_i(settings_block), .settings_column_i(settings_column),
      .offset_i(setting[31:0]), .multiplier_i(setting[63:32]), .shift_i(setting[68:64]),
      .zero_i(zero), .low_i(low), .high_i(high),
      .row_valid_i(row_valid), .row_ready_o(row_ready), .row_i(row[COLS*B-1:0]), .row_mask_i(row[COLS*B+COLS-1:COLS*B]),
      .vector_valid_i(vector_valid), .vector_ready_o(vector_ready), .vector_i(vector[ROWS*A-1:0]),
      .swap_i(vector[ROWS*A]), .first_i(vector[ROWS*A+1]), .last_i(vector[ROWS*A+2]),
      .address_i(vector[ROWS*A+3+ADDRESS-1:ROWS*A+3]), .block_i(vector[VECTOR-1:VECTOR-BLOCK]),
      .sums_valid_o(sums_valid), .sums_address_o(sums_address), .sums_o(sums),
      .codes_valid_o(codes_valid), .codes_o(codes)
  );
{modules}
  integer errors = 0, layers = 0, compared = 0;
  integer run, at_row, at_vector, at_sum, at_code, cycle, begun, c, wrong, idle;

  // One product whose images are loaded: settings, then its runs, each from a reset on.
  task replay(input integer runs, input integer rows, input integer vectors, input integer outputs, input integer settings,
              input integer cycles);
    begin
      wrong = 0;
      rst_n = 1'b0;
      row_valid = 1'b0;
      vector_valid = 1'b0;
      settings_write = 1'b1;
      for (c = 0; c < settings; c = c + 1) begin
        @(negedge clk);
        settings_block = c / COLS;
        settings_column = c % COLS;
        setting = setting_words[c];
      end
      @(negedge clk) settings_write = 1'b0;
      for (run = 0; run < runs; run = run + 1) begin
        rst_n = 1'b0;
        @(negedge clk) rst_n = 1'b1;
        at_row = 0; at_vector = 0; at_sum = 0; at_code = 0; cycle = 0; begun = -1; idle = 0;
        while (at_code < outputs && idle < 4 * (ROWS + COLS) + 64) begin
          row_valid = at_row < rows;
          vector_valid = at_vector < vectors;
          if (row_valid) row = row_words[at_row];
          if (vector_valid) vector = vector_words[run*vectors+at_vector];
          #4;  // all outputs have settled, and the rising edge is still to come
          idle = idle + 1;
          if (row_valid && row_ready) begin
            if (begun < 0) begun = cycle;
            at_row = at_row + 1;
            idle = 0;
          end
          if (vector_valid && vector_ready) begin
            at_vector = at_vector + 1;
            idle = 0;
          end
          if (sums_valid && at_sum < outputs) begin
            for (c = 0; c < COLS; c = c + 1) begin
              if (count_words[run*outputs+at_sum][c]) begin
                compared = compared + 1;
                if (sums[c*ACC+:ACC] !== sum_words[run*outputs+at_sum][c*ACC+:ACC]) begin
                  if (wrong < 5) $display("run %0d, sum %0d, column %0d: %h, expected %h", run, at_sum, c,
                                          sums[c*ACC+:ACC], sum_words[run*outputs+at_sum][c*ACC+:ACC]);
                  wrong = wrong + 1;
                end
              end
            end
            at_sum = at_sum + 1;
            idle = 0;
          end
          if (codes_valid) begin
            for (c = 0; c < COLS; c = c + 1) begin
              if (count_words[run*outputs+at_code][c]) begin
                compared = compared + 1;
                if (codes[c*CODE+:CODE] !== code_words[run*outputs+at_code][c*CODE+:CODE]) begin
                  if (wrong < 5) $display("run %0d, code %0d, column %0d: %h, expected %h", run, at_code, c,
                                          codes[c*CODE+:CODE], code_words[run*outputs+at_code][c*CODE+:CODE]);
                  wrong = wrong + 1;
                end
              end
            end
            at_code = at_code + 1;
            idle = 0;
          end
          cycle = cycle + 1;
          @(negedge clk);
        end
        if (at_code < outputs) begin
          $display("run %0d is stuck: %0d of %0d rows, %0d of %0d vectors, %0d of %0d outputs", run, at_row, rows, at_vector,
                   vectors, at_code, outputs);
          wrong = wrong + 1;
        end else if (cycle - begun != cycles) begin
          $display("run %0d took %0d cycles, expected %0d", run, cycle - begun, cycles);
          wrong = wrong + 1;
        end
      end
      errors = errors + wrong;
      layers = layers + 1;
    end
  endtask

  initial begin
{layers}
{totals}    $display("%0d layers, %0d integers, %0d differences", layers, compared, errors);
    if (errors == 0 && compared > 0) $display("PASS");
    else $display("FAIL");
    $finish;
  end
endmodule
"""


_MODULE = """
  // {instance} of the vector unit.
  wire {instance}_rst_n, {instance}_step_valid, {instance}_result_valid;
  wire [{step_high}:0] {instance}_step;
  wire [{result_high}:0] {instance}_result;
  {top} u_{instance} (
      .clk_i(clk), .rst_ni({instance}_rst_n), .valid_i({instance}_step_valid), .step_i({instance}_step),
      .valid_o({instance}_result_valid), .result_o({instance}_result)
  );
  replay_vector #(
      .STEP({step}), .RESULT({result}), .SLICE({slice}), .STEPS({steps}), .RESULTS({results})
  ) {instance} (
      .clk_i(clk), .rst_no({instance}_rst_n), .valid_o({instance}_step_valid), .step_o({instance}_step),
      .valid_i({instance}_result_valid), .result_i({instance}_result)
  );
"""


def bench(top: str, config: UnitConfig, layers: Sequence[Images | VectorImages]) -> str:
    """The test bench for these layers, whose images lie in `layers/NUMBER/`; at least one is a product."""
    array, parameters = config.array, config.parameters
    products = [each for each in layers if isinstance(each, Images)]
    most = {
        "row_words": max(each.rows for each in products),
        "vector_words": max(each.runs * each.vectors for each in products),
        "setting_words": max(each.blocks * array.cols for each in products),
        "sum_words": max(each.runs * each.sums for each in products),
    }
    modules: dict[str, list[VectorImages]] = {}
    for each in layers:
        if isinstance(each, VectorImages):
            modules.setdefault(each.module.instance, []).append(each)
    return _BENCH.format(
        top=top,
        rows=array.rows,
        cols=array.cols,
        a=array.multiplier.a.width,
        b=array.multiplier.b.width,
        acc=array.accumulator.bits,
        code=config.code_bits,
        address=parameters["ADDRESS"],
        block=parameters["BLOCK"],
        column=parameters["COLUMN"],
        modules="".join(map(_module, modules.values())),
        layers="\n".join(_layer(number, each, array.cols) for number, each in enumerate(layers)),
        totals="".join(
            f"    {name} = {name} + {' + '.join(f'{instance}.{name}' for instance in modules)};\n"
            for name in ("errors", "layers", "compared")
            if modules
        ),
        **{name: count - 1 for name, count in most.items()},
    )


def _module(images: list[VectorImages]) -> str:
    module = images[0].module
    return _MODULE.format(
        instance=module.instance,
        top=module.rtl.top,
        step=module.step,
        step_high=module.step - 1,
        result=module.result,
        result_high=module.result - 1,
        slice=module.slice,
        steps=max(each.runs * each.steps for each in images),
        results=max(each.runs * each.results for each in images),
    )


def _layer(number: int, each: Images | VectorImages, cols: int) -> str:
    counts: tuple[int, ...]
    if isinstance(each, VectorImages):
        memory, counts = f"{each.module.instance}.", (each.runs, each.steps, each.results, each.cycles)
        lengths = {"steps": each.runs * each.steps}
        lengths |= dict.fromkeys(("results", "masks"), each.runs * each.results)
        clamp = ""
    else:
        memory, counts = "", (each.runs, each.rows, each.vectors, each.sums, each.blocks * cols, each.cycles)
        lengths = {"rows": each.rows, "vectors": each.runs * each.vectors, "settings": each.blocks * cols}
        lengths |= dict.fromkeys(("sums", "codes", "counts"), each.runs * each.sums)
        zero, low, high = each.clamp
        clamp = f"    zero = {zero}; low = {low}; high = {high};\n"
    loads = "".join(
        f'    $readmemh("layers/{number:02}/{name}.hex", {memory}{name[:-1]}_words, 0, {length - 1});\n'
        for name, length in lengths.items()
    )
    name = each.name.replace("\\", "").replace('"', "")
    return f"""{loads}{clamp}    {memory}replay({", ".join(map(str, counts))});
    $display("{name}: %0d differences", {memory}wrong);"""
