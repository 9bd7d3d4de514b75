// How the products that elements look up get into a unit, behind unit.cpp.

// Writes all of them, while the unit is in reset.
EXPORT void products_write(Unit* unit, int64_t count, const int64_t* products) {
  Vtop& top = unit->top;
  top.rst_ni = 0;
  top.products_write_i = 1;
  for (int64_t pair = 0; pair < count; ++pair) {
    top.products_address_i = pair;
    top.products_word_i = products[pair];
    top.clk_i = 0;
    top.eval();
    unit->rising_edge();
  }
  top.products_write_i = 0;
}
