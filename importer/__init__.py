"""Multipliers that users bring: Verilog, tables and Python functions; and whether a table is a circuit.

>>> from importer import import_verilog
>>> import_verilog("mul8u_mine.v").multiplier  # doctest: +SKIP
Multiplier(mul8u_mine)
"""

from ._conform import Conformance, Difference, conform
from ._errors import ReadingWarning, TableError, VerilogError
from ._library import Content, Entry, Replaced, by_hash_only, library, remove
from ._many import Attempt, import_many, verilog_files
from ._published import Figure
from ._readings import Examined, Reading, examine
from ._tables import import_function, import_table, read_table
from ._verilog import Imported, import_verilog

__all__ = [
    "Attempt",
    "Conformance",
    "Content",
    "Difference",
    "Entry",
    "Examined",
    "Figure",
    "Imported",
    "Reading",
    "ReadingWarning",
    "Replaced",
    "TableError",
    "VerilogError",
    "by_hash_only",
    "conform",
    "examine",
    "import_function",
    "import_many",
    "import_table",
    "import_verilog",
    "library",
    "read_table",
    "remove",
    "verilog_files",
]
