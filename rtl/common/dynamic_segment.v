// Cuts a number to the K bits from its leading one on and says how far they stand from the bottom: value is close to segment
// * 2^shift. The lowest of them is forced to one if UNBIASED is set and something was cut off. Numbers of at most K bits
// pass unchanged, with shift 0.
//
// Worked example, WIDTH = 8, K = 4: 8'b11001000 -> segment 4'b1101, shift 4; 8'b00001010 -> segment 4'b1010, shift 0.
module dynamic_segment #(
    parameter WIDTH = 8,    // 2 to 16
    parameter K = 4,        // 2 to WIDTH
    parameter UNBIASED = 1  // 0: the lowest kept bit stays as it is
) (
    input  wire [WIDTH-1:0] value_i,
    output wire [K-1:0]     segment_o,
    output wire [3:0]       shift_o
);
  wire [WIDTH-1:0] onehot;
  leading_one #(.WIDTH(WIDTH)) u_leading_one (.value_i(value_i), .onehot_o(onehot));

  // The leading one at position i >= K asks for a shift of i - K + 1; bit m of the shift collects the positions that set it.
  genvar i, m;
  generate
    for (m = 0; m < 4; m = m + 1) begin : g_shift
      wire [WIDTH-1:0] hit;
      for (i = 0; i < WIDTH; i = i + 1) begin : g_position
        assign hit[i] = (i >= K) ? onehot[i] & ((((i - K + 1) >> m) % 2) == 1) : 1'b0;
      end
      assign shift_o[m] = |hit;
    end
  endgenerate

  // The segment is picked by the one-hot mask, which takes less area, time and energy than shifting by the encoded distance.
  // picked: word i is that of a leading one at position K + i or below, down to K.
  generate
    if (WIDTH > K) begin : g_cut
      wire [(WIDTH-K)*K-1:0] picked;
      wire high = |value_i[WIDTH-1:K];
      for (i = K; i < WIDTH; i = i + 1) begin : g_pick
        wire [K-1:0] taken = value_i[i:i-K+1] & {K{onehot[i]}};
        if (i == K) begin : g_first
          assign picked[K-1:0] = taken;
        end else begin : g_next
          assign picked[(i-K+1)*K-1:(i-K)*K] = picked[(i-K)*K-1:(i-K-1)*K] | taken;
        end
      end
      assign segment_o = picked[(WIDTH-K)*K-1:(WIDTH-K-1)*K] | (value_i[K-1:0] & {K{~high}})
                         | {{(K - 1) {1'b0}}, high & (UNBIASED != 0)};
    end else begin : g_whole
      assign segment_o = value_i;
      wire unused_onehot = |onehot;
    end
  endgenerate
endmodule
