// Compresses four rows of bits to two. In the columns of the mask FULL, where all rows have an entry, stands a cell:
//   1 Momeni (IEEE TC 2015, design 2), 2 Akbari (IEEE TVLSI 2017, DQ1), 4 Yang (DFT 2015, design 1), 5 Venkatachalam
//   (IEEE TVLSI 2017): a sum, and a carry of twice its weight; exact adders stand elsewhere, where at most three rows have
//   an entry
//   3 Esposito (IEEE TCAS-I 2018, 4/2), in all columns: two outputs of one weight, which the ports' names do not fit
//   6 Momeni, design 1: a second carry goes to the cell at the left, where it clears the sum and becomes the carry; exact adders
//   left of the cells count it, and hand on what their sum and carry do not hold
//
// Worked example, WIDTH = 4, all rows 4'b0010, FULL = 4'b0010: cell 4 counts 3: sum 4'b0010, carry 4'b0100; exact were 4 * 2.
module compressor_row #(
    parameter WIDTH = 16,
    parameter CELL = 4,                           // 1 to 6
    parameter [WIDTH-1:0] FULL = {WIDTH{1'b1}}
) (
    input  wire [WIDTH-1:0] x1_i,
    input  wire [WIDTH-1:0] x2_i,
    input  wire [WIDTH-1:0] x3_i,
    input  wire [WIDTH-1:0] x4_i,
    output wire [WIDTH-1:0] sum_o,
    output wire [WIDTH-1:0] carry_o
);
  genvar n;
  generate
    if (CELL == 3) begin : g_esposito
      assign sum_o = x1_i | x2_i | x3_i & x4_i;
      assign carry_o = x3_i | x4_i | x1_i & x2_i;
    end else begin : g_two_weights
      wire [WIDTH-1:0] both = x1_i & x2_i | x3_i & x4_i;
      wire [WIDTH-1:0] either = (x1_i | x2_i) & (x3_i | x4_i);
      // chain: carries from column to column.
      wire [WIDTH-1:0] chain;
      if (CELL == 6) begin : g_chain
        assign chain[0] = 1'b0;
        for (n = 1; n < WIDTH; n = n + 1) begin : g_column
          wire three = both[n-1] & either[n-1];
          assign chain[n] = FULL[n-1] ? either[n-1] : three & chain[n-1];
        end
      end else begin : g_no_chain
        assign chain = {WIDTH{1'b0}};
      end

      wire [WIDTH-1:0] exact_sum = x1_i ^ x2_i ^ x3_i ^ x4_i ^ chain;
      wire [WIDTH-1:0] exact_carry = both | either | (x1_i | x2_i | x3_i | x4_i) & chain;
      wire [WIDTH-1:0] cell_sum;
      wire [WIDTH-1:0] cell_carry;
      if (CELL == 1) begin : g_momeni
        assign cell_sum = ~(x1_i ^ x2_i) | ~(x3_i ^ x4_i);
        assign cell_carry = either;
      end else if (CELL == 2) begin : g_akbari
        assign cell_sum = x1_i;
        assign cell_carry = x4_i;
      end else if (CELL == 4) begin : g_yang
        assign cell_sum = exact_sum | x1_i & x2_i & x3_i & x4_i;
        assign cell_carry = exact_carry;
      end else if (CELL == 6) begin : g_momeni_chained
        assign cell_sum = (~(x1_i ^ x2_i) | ~(x3_i ^ x4_i)) & ~chain;
        assign cell_carry = chain;
      end else begin : g_venkatachalam
        assign cell_sum = x1_i ^ x2_i | x3_i ^ x4_i | x1_i & x2_i & x3_i & x4_i;
        assign cell_carry = both;
      end
      assign sum_o = cell_sum & FULL | exact_sum & ~FULL;
      assign carry_o = (cell_carry & FULL | exact_carry & ~FULL) << 1;
    end
  endgenerate
endmodule
