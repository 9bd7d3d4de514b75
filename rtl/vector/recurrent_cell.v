// The step of a recurrent layer behind its two products: gates in 16 bits to the next hidden state, LANES elements a cycle. Gates
// are those of torch, in its order: LSTM input, forget, cell, output; GRU reset, update, new. An RNN's only gate stands where
// a GRU has new, and all others of RNN and GRU are not read.
//
//   RNN   h' = tanh(x + h)
//   GRU   r = sigmoid(rx + rh), z = sigmoid(zx + zh), n = tanh(nx + round(r * nh / 2^15)),
//         h' = round(((2^15 - z) * n + z * h) / 2^15)
//   LSTM  c' = clamp(round((sigmoid(f) * c * 2^4 + sigmoid(i) * tanh(g)) / 2^19)), h' = round(sigmoid(o) * tanh(c') / 2^15)
//
// Sigmoids, tanh and hidden states are Q0.15, cell states Q4.11; rounding is to nearest, halves away from zero.
//
// Timing: in in cycle n, out in cycle n + 11; a vector of elements every cycle. Kind and fraction come with their elements.
//
// Worked example, LANES = 1, fraction 11, an LSTM with all gates 2048 (1.0) from the input and 0 from the hidden state, c = 4096
// (2.0): sigmoid 23955, tanh 24956, (23955 * 4096 * 16 + 23955 * 24956) / 2^19 = 4134.6 -> c' = 4135 (2.019); tanh(c') is entry
// 517 of the ROM, 31628; 23955 * 31628 / 2^15 = 23121.6 -> h' = 23122 (0.706).
module recurrent_cell #(
    parameter LANES = 4  // 1 or more: elements at a time
) (
    input  wire                clk_i,
    input  wire                rst_ni,      // synchronous; what is under way is dropped
    input  wire                valid_i,
    input  wire [1:0]          kind_i,      // 0: RNN with tanh, 1: GRU, 2: LSTM
    input  wire [3:0]          fraction_i,  // bits behind the gates' point, 0 to 11
    input  wire [LANES*64-1:0] x_i,         // gates from the input, two's complement; lane l's gate g in slice 4 * l + g
    input  wire [LANES*64-1:0] h_i,         // gates from the hidden state
    input  wire [LANES*16-1:0] state_i,     // the hidden state of a GRU, the cell state of an LSTM
    output wire                valid_o,
    output wire [LANES*16-1:0] hidden_o,
    output wire [LANES*16-1:0] cell_o       // only an LSTM's means something
);
  generate
    if (LANES < 1) begin : g_bad_lanes
      illegal_LANES_must_be_1_or_more u_bad ();
    end
  endgenerate

  reg [10:0] valid_q;
  always @(posedge clk_i) valid_q <= {valid_q[9:0], valid_i} & {11{rst_ni}};
  assign valid_o = valid_q[10];

  // Settings wait for the stages that read them.
  wire [3:0] fraction;
  wire [3:0] fraction_late;
  wire rnn;
  wire lstm;
  wire lstm5;
  wire lstm6;
  delay_line #(.WIDTH(4), .CYCLES(1)) u_fraction (
      .clk_i(clk_i), .rst_ni(rst_ni), .value_i(fraction_i), .value_o(fraction)
  );
  delay_line #(.WIDTH(4), .CYCLES(5)) u_fraction_late (
      .clk_i(clk_i), .rst_ni(rst_ni), .value_i(fraction), .value_o(fraction_late)
  );
  delay_line #(.WIDTH(2), .CYCLES(4)) u_kind (
      .clk_i(clk_i), .rst_ni(rst_ni), .value_i({kind_i == 2'd0, kind_i[1]}), .value_o({rnn, lstm})
  );
  delay_line #(.WIDTH(1), .CYCLES(1)) u_lstm5 (.clk_i(clk_i), .rst_ni(rst_ni), .value_i(lstm), .value_o(lstm5));
  delay_line #(.WIDTH(1), .CYCLES(1)) u_lstm6 (.clk_i(clk_i), .rst_ni(rst_ni), .value_i(lstm5), .value_o(lstm6));
  wire [3:0] middle_fraction = lstm6 ? 4'd11 : fraction_late;

  genvar l;
  generate
    for (l = 0; l < LANES; l = l + 1) begin : g_lane
      recurrent_lane u_lane (
          .clk_i(clk_i), .rst_ni(rst_ni), .take_i({valid_q[9:0], valid_i}),
          .x_i(x_i[l*64+63:l*64]), .h_i(h_i[l*64+63:l*64]), .state_i(state_i[l*16+15:l*16]),
          .fraction_i(fraction), .rnn_i(rnn), .lstm_i(lstm), .lstm5_i(lstm5), .middle_fraction_i(middle_fraction),
          .hidden_o(hidden_o[l*16+15:l*16]), .cell_o(cell_o[l*16+15:l*16])
      );
    end
  endgenerate
endmodule
