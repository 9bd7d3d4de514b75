// axi_lite_slave: AXI4-Lite's rules. Each address and each word of data that is taken is used by one write, in order, and each
// write has one answer, which says what the registers said of it. The same for reads. An answer that is offered stays until it is
// taken, and comes after what it answers. At most one of each waits inside, and nobody waits for ever: a write comes as soon as
// both its parts are there and no answer waits, a ready is high whenever its register is free.
//
// Worked example: an address is taken, then data, bready low: write_o for a cycle, then bvalid until bready. A second address and
// its data are taken meanwhile, and written after that.
module axi_lite_slave_properties (
    input wire        clk_i,
    input wire        rst_ni,
    input wire        awvalid_i,
    input wire [2:0]  awaddr_i,
    input wire        wvalid_i,
    input wire [31:0] wdata_i,
    input wire [3:0]  wstrb_i,
    input wire        bready_i,
    input wire        arvalid_i,
    input wire [2:0]  araddr_i,
    input wire        rready_i,
    input wire        write_refused_i,
    input wire [31:0] read_data_i,
    input wire        read_refused_i
);
  wire awready, wready, bvalid, arready, rvalid, write, read;
  wire [1:0] bresp, rresp;
  wire [31:0] rdata, write_data;
  wire [2:0] write_address, read_address;
  wire [3:0] write_strobe;
  axi_lite_slave #(.ADDRESS(3)) u_dut (
      .clk_i(clk_i), .rst_ni(rst_ni),
      .s_axi_awvalid(awvalid_i), .s_axi_awready(awready), .s_axi_awaddr(awaddr_i),
      .s_axi_wvalid(wvalid_i), .s_axi_wready(wready), .s_axi_wdata(wdata_i), .s_axi_wstrb(wstrb_i),
      .s_axi_bvalid(bvalid), .s_axi_bready(bready_i), .s_axi_bresp(bresp),
      .s_axi_arvalid(arvalid_i), .s_axi_arready(arready), .s_axi_araddr(araddr_i),
      .s_axi_rvalid(rvalid), .s_axi_rready(rready_i), .s_axi_rdata(rdata), .s_axi_rresp(rresp),
      .write_o(write), .write_address_o(write_address), .write_data_o(write_data), .write_strobe_o(write_strobe),
      .write_refused_i(write_refused_i), .read_o(read), .read_address_o(read_address), .read_data_i(read_data_i),
      .read_refused_i(read_refused_i)
  );

  // A transfer's parts come in, an access uses them, an answer leaves.
  wire [2:0] addresses, words, answers, read_addresses, read_answers;
  wire [2:0] address_kept, read_address_kept;
  wire [35:0] word_kept;
  wire [1:0] answer_kept;
  wire [33:0] read_answer_kept;
  one_place #(.WIDTH(3)) u_address (
      .clk_i(clk_i), .rst_ni(rst_ni), .in_i(awvalid_i & awready), .data_i(awaddr_i), .out_i(write), .count_o(addresses),
      .data_o(address_kept)
  );
  one_place #(.WIDTH(36)) u_word (
      .clk_i(clk_i), .rst_ni(rst_ni), .in_i(wvalid_i & wready), .data_i({wstrb_i, wdata_i}), .out_i(write), .count_o(words),
      .data_o(word_kept)
  );
  one_place #(.WIDTH(2)) u_answer (
      .clk_i(clk_i), .rst_ni(rst_ni), .in_i(write), .data_i({write_refused_i, 1'b0}), .out_i(bvalid & bready_i),
      .count_o(answers), .data_o(answer_kept)
  );
  one_place #(.WIDTH(3)) u_read_address (
      .clk_i(clk_i), .rst_ni(rst_ni), .in_i(arvalid_i & arready), .data_i(araddr_i), .out_i(read), .count_o(read_addresses),
      .data_o(read_address_kept)
  );
  one_place #(.WIDTH(34)) u_read_answer (
      .clk_i(clk_i), .rst_ni(rst_ni), .in_i(read), .data_i({read_refused_i, 1'b0, read_data_i}), .out_i(rvalid & rready_i),
      .count_o(read_answers), .data_o(read_answer_kept)
  );

  reg begun_q = 1'b0;
  reg after_reset_q;
  always @(posedge clk_i) begun_q <= 1'b1;
  always @(posedge clk_i) after_reset_q <= ~rst_ni;
  always @(*) begin
    if (!begun_q) assume (!rst_ni);
    if (begun_q) begin
      assert (awready == (addresses == 3'd0 & ~after_reset_q));
      assert (wready == (words == 3'd0 & ~after_reset_q));
      assert (arready == (read_addresses == 3'd0 & ~after_reset_q));
      assert (write == (addresses == 3'd1 & words == 3'd1 & answers == 3'd0));
      assert (read == (read_addresses == 3'd1 & read_answers == 3'd0));
      assert (bvalid == (answers == 3'd1));
      assert (rvalid == (read_answers == 3'd1));
      assert (addresses[2:1] == 2'd0 & words[2:1] == 2'd0 & answers[2:1] == 2'd0);
      assert (read_addresses[2:1] == 2'd0 & read_answers[2:1] == 2'd0);
      if (write) assert (write_address == address_kept & {write_strobe, write_data} == word_kept);
      if (read) assert (read_address == read_address_kept);
      if (bvalid) assert (bresp == answer_kept);
      if (rvalid) assert ({rresp, rdata} == read_answer_kept);
    end
  end
endmodule
