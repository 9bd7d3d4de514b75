"""Multipliers that users bring: Verilog, tables and Python functions; and whether a table is a circuit.

>>> from importer import import_verilog
>>> import_verilog("mul8u_mine.v").multiplier  # doctest: +SKIP
Multiplier(mul8u_mine)
"""

from ._conform import Conformance, Difference, conform
from ._errors import ReadingWarning, TableError, VerilogError
from ._many import Attempt, import_many, verilog_files
from ._published import Figure
from ._readings import Examined, Reading, examine
from ._tables import import_function, import_table, read_table
from ._verilog import Imported, import_verilog

__all__ = [
    "Attempt",
    "Conformance",
    "Difference",
    "Examined",
    "Figure",
    "Imported",
    "Reading",
    "ReadingWarning",
    "TableError",
    "VerilogError",
    "conform",
    "examine",
    "import_function",
    "import_many",
    "import_table",
    "import_verilog",
    "read_table",
    "verilog_files",
]
