"""Multipliers that users bring: Verilog, tables and Python functions; and whether a table is a circuit.

>>> from importer import import_verilog
>>> import_verilog("mul8u_mine.v").multiplier  # doctest: +SKIP
Multiplier(mul8u_mine)
"""

from ._errors import TableError, VerilogError
from ._verilog import Imported, import_verilog

__all__ = ["Imported", "TableError", "VerilogError", "import_verilog"]
