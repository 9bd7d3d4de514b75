// AXI4-Lite to a write and a read of a register, each in one cycle of its own. Addresses and data may come in any order; all ready
// outputs are registers. An access that the registers refuse is answered by SLVERR.
//
// Worked example: awvalid in cycle 0, wvalid in cycle 3; write_o in cycle 4 with both; bvalid from cycle 5 until bready.
module axi_lite_slave #(
    parameter ADDRESS = 20  // bits of an address, 3 or more
) (
    input  wire               clk_i,
    input  wire               rst_ni,  // synchronous
    input  wire               s_axi_awvalid,
    output wire               s_axi_awready,
    input  wire [ADDRESS-1:0] s_axi_awaddr,
    input  wire               s_axi_wvalid,
    output wire               s_axi_wready,
    input  wire [31:0]        s_axi_wdata,
    input  wire [3:0]         s_axi_wstrb,
    output wire               s_axi_bvalid,
    input  wire               s_axi_bready,
    output wire [1:0]         s_axi_bresp,
    input  wire               s_axi_arvalid,
    output wire               s_axi_arready,
    input  wire [ADDRESS-1:0] s_axi_araddr,
    output wire               s_axi_rvalid,
    input  wire               s_axi_rready,
    output wire [31:0]        s_axi_rdata,
    output wire [1:0]         s_axi_rresp,

    output wire               write_o,
    output wire [ADDRESS-1:0] write_address_o,
    output wire [31:0]        write_data_o,
    output wire [3:0]         write_strobe_o,
    input  wire               write_refused_i,  // in the same cycle
    output wire               read_o,
    output wire [ADDRESS-1:0] read_address_o,
    input  wire [31:0]        read_data_i,      // in the same cycle
    input  wire               read_refused_i
);
  generate
    if (ADDRESS < 3) begin : g_bad_address
      illegal_ADDRESS_must_be_3_or_more u_bad ();
    end
  endgenerate

  // A ready is high while its register is free; after a reset, from the first cycle on.
  reg awready_q;
  reg wready_q;
  reg arready_q;
  reg aw_held_q;
  reg w_held_q;
  reg ar_held_q;
  reg bvalid_q;
  reg rvalid_q;
  assign write_o = aw_held_q & w_held_q & ~bvalid_q;
  assign read_o = ar_held_q & ~rvalid_q;
  wire aw_held = (s_axi_awvalid & awready_q) | (aw_held_q & ~write_o);
  wire w_held = (s_axi_wvalid & wready_q) | (w_held_q & ~write_o);
  wire ar_held = (s_axi_arvalid & arready_q) | (ar_held_q & ~read_o);
  always @(posedge clk_i) begin
    aw_held_q <= rst_ni & aw_held;
    w_held_q <= rst_ni & w_held;
    ar_held_q <= rst_ni & ar_held;
    awready_q <= rst_ni & ~aw_held;
    wready_q <= rst_ni & ~w_held;
    arready_q <= rst_ni & ~ar_held;
    bvalid_q <= rst_ni & (write_o | (bvalid_q & ~s_axi_bready));
    rvalid_q <= rst_ni & (read_o | (rvalid_q & ~s_axi_rready));
  end

  reg [ADDRESS-1:0] awaddr_q;
  reg [31:0] wdata_q;
  reg [3:0] wstrb_q;
  reg [ADDRESS-1:0] araddr_q;
  reg b_refused_q;
  reg r_refused_q;
  reg [31:0] rdata_q;
  always @(posedge clk_i) begin
    if (awready_q) awaddr_q <= s_axi_awaddr;
    if (wready_q) begin
      wdata_q <= s_axi_wdata;
      wstrb_q <= s_axi_wstrb;
    end
    if (arready_q) araddr_q <= s_axi_araddr;
    if (write_o) b_refused_q <= write_refused_i;
    if (read_o) begin
      r_refused_q <= read_refused_i;
      rdata_q <= read_data_i;
    end
  end

  assign write_address_o = awaddr_q;
  assign write_data_o = wdata_q;
  assign write_strobe_o = wstrb_q;
  assign read_address_o = araddr_q;
  assign s_axi_awready = awready_q;
  assign s_axi_wready = wready_q;
  assign s_axi_arready = arready_q;
  assign s_axi_bvalid = bvalid_q;
  assign s_axi_bresp = {b_refused_q, 1'b0};
  assign s_axi_rvalid = rvalid_q;
  assign s_axi_rresp = {r_refused_q, 1'b0};
  assign s_axi_rdata = rdata_q;
endmodule
