"""The vector unit: rescaling, pooling and recurrent cells behind the array, in Verilog, driven in bulk.

>>> import numpy as np
>>> from accelerator.vector import CompiledVectorUnit, cycles
>>> run = CompiledVectorUnit(lanes=2).max_pool(np.array([[3, 7, 5], [-1, -4, -2], [0, 0, 9]]))
>>> run.values.tolist(), run.cycles, cycles("max_pool", count=3, lanes=2, size=3)
([7, -1, 9], 7, 7)
"""

from ._compiled import CompiledVectorUnit, VectorRun
from ._cycles import cycles
from ._errors import VectorError
from ._jobs import VectorJob, average_pool_job, cell_job, max_pool_job, rescale_job

__all__ = [
    "CompiledVectorUnit",
    "VectorError",
    "VectorJob",
    "VectorRun",
    "average_pool_job",
    "cell_job",
    "cycles",
    "max_pool_job",
    "rescale_job",
]
