"""Programs as folders that Icarus or Verilator replay without Python."""

from ._export import export

__all__ = ["export"]
