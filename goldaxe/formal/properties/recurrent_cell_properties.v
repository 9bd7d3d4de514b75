// recurrent_cell: every valid_i gives a valid_o eleven cycles later, and nothing else does, whatever kinds come.
//
// Worked example: valid_i in cycle 0 only -> valid_o in cycle 11 only.
module recurrent_cell_properties (
    input wire        clk_i,
    input wire        rst_ni,
    input wire        mark_i,
    input wire        valid_i,
    input wire [1:0]  kind_i,
    input wire [3:0]  fraction_i,
    input wire [63:0] x_i,
    input wire [63:0] h_i,
    input wire [15:0] state_i
);
  wire valid_o;
  wire [15:0] hidden_o;
  wire [15:0] cell_o;
  recurrent_cell #(.LANES(1)) u_dut (
      .clk_i(clk_i), .rst_ni(rst_ni), .valid_i(valid_i), .kind_i(kind_i), .fraction_i(fraction_i), .x_i(x_i), .h_i(h_i),
      .state_i(state_i), .valid_o(valid_o), .hidden_o(hidden_o), .cell_o(cell_o)
  );
  arrives #(.WIDTH(1), .CYCLES(11)) u_arrives (
      .clk_i(clk_i), .rst_ni(rst_ni), .mark_i(mark_i), .value_i(valid_i), .delayed_i(valid_o)
  );
endmodule
