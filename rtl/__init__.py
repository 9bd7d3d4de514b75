"""Synthesizable Verilog-2005: `rtl/multipliers`, one family a file, and `rtl/common`, the modules that they share."""
