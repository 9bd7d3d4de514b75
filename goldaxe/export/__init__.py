"""Programs as folders that Icarus or Verilator replay without Python."""

from ._export import export, require_new

__all__ = ["export", "require_new"]
