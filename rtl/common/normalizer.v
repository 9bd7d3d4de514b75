// Shifts a number left until its highest bit is set, by 2^STAGES - 1 places at most; one stage for each power of two.
//
// Worked example, WIDTH = 8, STAGES = 3: value 8'b0000_0110 -> shift 5, value 8'b1100_0000; zero -> shift 7, value zero.
module normalizer #(
    parameter WIDTH = 8,  // at least 2
    parameter STAGES = 3  // 1 to $clog2(WIDTH)
) (
    input  wire [WIDTH-1:0]  value_i,
    output wire [WIDTH-1:0]  value_o,
    output wire [STAGES-1:0] shift_o
);
  generate
    if (STAGES < 1 || STAGES > $clog2(WIDTH)) begin : g_bad_stages
      illegal_STAGES_must_be_1_to_clog2_of_WIDTH u_bad ();
    end
  endgenerate

  // after: word n is the value behind stages n and higher; the stage of most places comes first.
  wire [(STAGES+1)*WIDTH-1:0] after;
  assign after[(STAGES+1)*WIDTH-1:STAGES*WIDTH] = value_i;
  assign value_o = after[WIDTH-1:0];
  genvar n;
  generate
    for (n = 0; n < STAGES; n = n + 1) begin : g_stage
      wire [WIDTH-1:0] wide = after[(n+2)*WIDTH-1:(n+1)*WIDTH];
      assign shift_o[n] = ~|wide[WIDTH-1:WIDTH-(1<<n)];
      assign after[(n+1)*WIDTH-1:n*WIDTH] = shift_o[n] ? wide << (1 << n) : wide;
    end
  endgenerate
endmodule
