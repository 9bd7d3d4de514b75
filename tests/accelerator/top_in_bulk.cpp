// Drives a compiled accelerator_top in bulk: registers over AXI4-Lite, then whole jobs, some hundred thousand beats a second.
// Stands behind unit.cpp.

namespace {

constexpr int64_t kPatience = 4096;  // cycles without a handshake after which nothing more is waited for

struct Idle {
  Vtop& top;
  explicit Idle(Vtop& each) : top(each) {
    top.s_axi_awvalid = top.s_axi_wvalid = top.s_axi_bready = top.s_axi_arvalid = top.s_axi_rready = 0;
    top.s_axis_weights_tvalid = top.s_axis_vectors_tvalid = 0;
    top.m_axis_codes_tready = top.m_axis_sums_tready = 0;
  }
};

void settle(Unit* unit) {
  unit->top.clk_i = 0;
  unit->top.eval();
}

}  // namespace

// How many bytes the beats of weights with their mask, of vectors, codes and sums have.
EXPORT void port_bytes(Unit*, int64_t* bytes) {
  bytes[0] = sizeof(Vtop::s_axis_weights_tdata);
  bytes[1] = sizeof(Vtop::s_axis_weights_tuser);
  bytes[2] = sizeof(Vtop::s_axis_vectors_tdata);
  bytes[3] = sizeof(Vtop::m_axis_codes_tdata);
  bytes[4] = sizeof(Vtop::m_axis_sums_tdata);
}

EXPORT void unit_reset(Unit* unit) {
  Idle idle(unit->top);
  unit->reset();
  settle(unit);
  unit->rising_edge();  // in which ready outputs rise
}

// BRESP, or -1 if there is no answer.
EXPORT int64_t register_write(Unit* unit, int64_t address, int64_t data) {
  Vtop& top = unit->top;
  Idle idle(top);
  top.s_axi_awvalid = top.s_axi_wvalid = top.s_axi_bready = 1;
  top.s_axi_awaddr = address;
  top.s_axi_wdata = data;
  top.s_axi_wstrb = 15;
  for (int cycle = 0; cycle < 20; ++cycle) {
    settle(unit);
    const bool taken = top.s_axi_awready && top.s_axi_wready, answered = top.s_axi_bvalid;
    const int64_t answer = top.s_axi_bresp;
    unit->rising_edge();
    if (taken) top.s_axi_awvalid = top.s_axi_wvalid = 0;
    if (answered) return answer;
  }
  return -1;
}

// What a register holds, or -1 if the read is refused or not answered.
EXPORT int64_t register_read(Unit* unit, int64_t address) {
  Vtop& top = unit->top;
  Idle idle(top);
  top.s_axi_arvalid = top.s_axi_rready = 1;
  top.s_axi_araddr = address;
  for (int cycle = 0; cycle < 20; ++cycle) {
    settle(unit);
    const bool taken = top.s_axi_arready, answered = top.s_axi_rvalid;
    const int64_t answer = top.s_axi_rresp ? -1 : static_cast<int64_t>(top.s_axi_rdata);
    unit->rising_edge();
    if (taken) top.s_axi_arvalid = 0;
    if (answered) return answer;
  }
  return -1;
}

struct Beats {
  const uint8_t* data;
  const uint8_t* user;
  const uint8_t* last;
  int64_t count;
};

struct Results {
  uint8_t* data;
  uint8_t* last;  // bit 0: tlast, bit 1: tuser
  int64_t room;
  int64_t count;
};

// Sends all beats and takes results, of which none is taken before nothing else moves if `held`, and no sums at all unless
// `with_sums`. Ends when nothing has moved for kPatience cycles, and gives the number of beats taken.
EXPORT int64_t unit_run(Unit* unit, const Beats* weights, const Beats* vectors, Results* codes, Results* sums, int32_t held,
                        int32_t with_sums) {
  Vtop& top = unit->top;
  Idle idle(top);
  int64_t row = 0, vector = 0, still = 0;
  bool ready = !held;
  while (still < kPatience) {
    top.s_axis_weights_tvalid = row < weights->count;
    if (row < weights->count) {
      put(top.s_axis_weights_tdata, weights->data + row * sizeof(top.s_axis_weights_tdata));
      put(top.s_axis_weights_tuser, weights->user + row * sizeof(top.s_axis_weights_tuser));
      top.s_axis_weights_tlast = weights->last[row];
    }
    top.s_axis_vectors_tvalid = vector < vectors->count;
    if (vector < vectors->count) {
      put(top.s_axis_vectors_tdata, vectors->data + vector * sizeof(top.s_axis_vectors_tdata));
      top.s_axis_vectors_tlast = vectors->last[vector];
    }
    top.m_axis_codes_tready = ready;
    top.m_axis_sums_tready = ready && with_sums;
    settle(unit);
    bool moved = false;
    if (top.s_axis_weights_tvalid && top.s_axis_weights_tready) moved = true, ++row;
    if (top.s_axis_vectors_tvalid && top.s_axis_vectors_tready) moved = true, ++vector;
    if (ready && top.m_axis_codes_tvalid) {
      moved = true;
      if (codes->count < codes->room) {
        std::memcpy(codes->data + codes->count * sizeof(top.m_axis_codes_tdata), &top.m_axis_codes_tdata,
                    sizeof(top.m_axis_codes_tdata));
        codes->last[codes->count] = top.m_axis_codes_tlast | top.m_axis_codes_tuser << 1;
      }
      ++codes->count;
    }
    if (ready && with_sums && top.m_axis_sums_tvalid) {
      moved = true;
      if (sums->count < sums->room) {
        std::memcpy(sums->data + sums->count * sizeof(top.m_axis_sums_tdata), &top.m_axis_sums_tdata,
                    sizeof(top.m_axis_sums_tdata));
        sums->last[sums->count] = top.m_axis_sums_tlast | top.m_axis_sums_tuser << 1;
      }
      ++sums->count;
    }
    still = moved ? 0 : still + 1;
    if (still == kPatience && !ready) ready = true, still = 0;
    unit->rising_edge();
  }
  return row + vector;
}
