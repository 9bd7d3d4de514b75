// One lane of recurrent_cell: an element's next hidden state, and in an LSTM its next cell state, of its gates.
//
//   gate 0 --sigmoid--> s0 --+                      LSTM: c' = clamp(round(s1 * c * 2^4 + s0 * s2, 19))
//   gate 1 --sigmoid--> s1 --+--> products --> middle     GRU:  new + round(s0 * new_h, 15)
//   gate 2 --tanh-----> s2 --+                  |
//   gate 3 --sigmoid--> s3 --+                tanh --> t
//                                               |     LSTM: h' = round(s3 * t, 15)
//                                            hidden   GRU:  h' = round((2^15 - s1) * t + s1 * h, 15)
//
// An RNN is a GRU with s0 = 1 and s1 = 0: h' = tanh(gate 2). Stages: 0 adds gates, 1 to 3 squash them, 4 multiplies, 5 makes
// the middle, 6 to 8 its tanh, 9 multiplies, 10 rounds. Bit n of take_i says that stage n takes an element; settings are
// kept outside and come when a stage reads them.
//
// Worked example, a GRU with fraction 11, gates r = z = 0 and new = 2048 (1.0) from the input, new = 0 from the hidden state, h = 16384:
// s0 = s1 = 16384 (0.5), middle 2048, t = 24956; 16384 * 24956 + 16384 * 16384 = 677314560, / 2^15 = 20670: h' = 20670 (0.631).
module recurrent_lane (
    input  wire        clk_i,
    input  wire        rst_ni,
    input  wire [10:0] take_i,
    input  wire [63:0] x_i,         // gates from the input, 16 bits each, gate g in slice g; with take_i[0]
    input  wire [63:0] h_i,         // gates from the hidden state
    input  wire [15:0] state_i,     // the hidden state, Q0.15; in an LSTM the cell state, Q4.11
    input  wire [3:0]  fraction_i,  // bits behind the gates' point, 0 to 11; with take_i[1]
    input  wire        rnn_i,       // with take_i[4]
    input  wire        lstm_i,      // with take_i[4]
    input  wire        lstm5_i,     // with take_i[5]
    input  wire [3:0]  middle_fraction_i,  // with take_i[6]; 11 in an LSTM
    output wire [15:0] hidden_o,    // Q0.15
    output wire [15:0] cell_o       // Q4.11, the middle; only an LSTM's means something
);
  // Stages 0 to 3.
  wire [63:0] squashed;
  genvar g;
  generate
    for (g = 0; g < 4; g = g + 1) begin : g_gate
      reg [16:0] gate_q;
      always @(posedge clk_i) begin
        if (take_i[0]) gate_q <= {x_i[g*16+15], x_i[g*16+15:g*16]} + {h_i[g*16+15], h_i[g*16+15:g*16]};
      end
      squash #(.SIGMOID(g == 2 ? 0 : 1)) u_squash (
          .clk_i(clk_i), .take_i(take_i[3:1]), .fraction_i(fraction_i), .x_i(gate_q), .value_o(squashed[g*16+15:g*16])
      );
    end
  endgenerate
  wire [15:0] new_h;
  wire [15:0] new_x;
  wire [15:0] state;
  delay_line #(.WIDTH(32), .CYCLES(4)) u_operands (
      .clk_i(clk_i), .rst_ni(rst_ni), .value_i({h_i[47:32], state_i}), .value_o({new_h, state})
  );
  delay_line #(.WIDTH(16), .CYCLES(5)) u_new (.clk_i(clk_i), .rst_ni(rst_ni), .value_i(x_i[47:32]), .value_o(new_x));

  // Stage 4. Sigmoids are unsigned, and 16 bits hold 1.0 as well.
  wire [15:0] s0 = rnn_i ? 16'h8000 : squashed[15:0];
  wire [15:0] s1 = squashed[31:16] & {16{~rnn_i}};
  wire signed [16:0] first = {1'b0, s0};
  wire signed [16:0] second = {1'b0, s1};
  wire signed [15:0] added = lstm_i ? squashed[47:32] : new_h;
  wire signed [15:0] kept = state;
  reg signed [31:0] product_q;  // s0 times
  reg signed [31:0] keep_q;     // s1 times the state
  reg [15:0] out_q;             // what multiplies t
  always @(posedge clk_i) begin
    if (take_i[4]) begin
      product_q <= first * added;
      keep_q <= second * kept;
      out_q <= lstm_i ? squashed[63:48] : 16'h8000 - s1;
    end
  end

  // Stage 5.
  wire signed [35:0] cell_sum = {keep_q, 4'd0} + {{4{product_q[31]}}, product_q};
  wire signed [35:0] cell_nudged = cell_sum + 36'h4_0000 - {35'd0, cell_sum[35]};
  wire cell_fits = (&cell_nudged[35:34]) | ~(|cell_nudged[35:34]);
  wire [15:0] cell_state = cell_fits ? cell_nudged[34:19] : {cell_nudged[35], {15{~cell_nudged[35]}}};
  wire signed [31:0] new_nudged = product_q + 32'h4000 - {31'd0, product_q[31]};
  wire [16:0] new_gate = {new_x[15], new_x} + new_nudged[31:15];
  reg [16:0] middle_q;
  reg [31:0] rest_q;
  always @(posedge clk_i) begin
    if (take_i[5]) begin
      middle_q <= lstm5_i ? {cell_state[15], cell_state} : new_gate;
      rest_q <= keep_q & {32{~lstm5_i}};
    end
  end
  wire unused_dropped = (|cell_nudged[18:0]) | (|new_nudged[14:0]);

  // Stages 6 to 8.
  wire [15:0] t;
  squash #(.SIGMOID(0)) u_middle (
      .clk_i(clk_i), .take_i(take_i[8:6]), .fraction_i(middle_fraction_i), .x_i(middle_q), .value_o(t)
  );
  wire [15:0] out;
  wire [31:0] rest;
  delay_line #(.WIDTH(16), .CYCLES(4)) u_out (.clk_i(clk_i), .rst_ni(rst_ni), .value_i(out_q), .value_o(out));
  delay_line #(.WIDTH(32), .CYCLES(4)) u_rest (.clk_i(clk_i), .rst_ni(rst_ni), .value_i(rest_q), .value_o(rest));
  delay_line #(.WIDTH(16), .CYCLES(5)) u_cell (
      .clk_i(clk_i), .rst_ni(rst_ni), .value_i(middle_q[15:0]), .value_o(cell_o)
  );

  // Stages 9 and 10.
  wire signed [16:0] out_signed = {1'b0, out};
  wire signed [15:0] t_signed = t;
  reg signed [31:0] final_q;
  always @(posedge clk_i) if (take_i[9]) final_q <= out_signed * t_signed;
  wire signed [31:0] total = final_q + rest;
  wire signed [31:0] total_nudged = total + 32'h4000 - {31'd0, total[31]};
  reg [15:0] hidden_q;
  always @(posedge clk_i) if (take_i[10]) hidden_q <= total_nudged[30:15];
  assign hidden_o = hidden_q;
  wire unused_total = total_nudged[31] | (|total_nudged[14:0]);
endmodule
