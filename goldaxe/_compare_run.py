"""One run of a comparison, and one measurement of its step: each has a file of its own, and is made where that is missing."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch

from multipliers import get
from multipliers._cache import write_atomically
from multipliers._users_files import read_file, read_json
from pysim import Quantization
from pysim.train import Budget
from workloads import load

from ._retrain import Retrained, retrain, step_cost
from ._step_cost import StepCost

_LARGEST = 64 << 20


@dataclass(frozen=True)
class Run:
    """A method on a multiplier and a workload, with the budget's seed."""

    workload: str
    multiplier: str
    method: str
    budget: Budget
    quantization: Quantization
    images: int | None

    @property
    def title(self) -> str:
        """What it is, in a line."""
        return f"{self.workload} {self.multiplier} {self.method} seed {self.budget.seed}"

    def known(self, folder: Path) -> Retrained | None:
        """Its result, if the folder has one of the same settings."""
        try:
            return Retrained(**self._read(self._place(folder)[0])["result"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def make(self, folder: Path) -> Retrained:
        """Run it, and keep its result; raises what `retrain` raises, and OSError."""
        path, settings = self._place(folder)
        result = retrain(
            *(self.workload, self.multiplier, self.method),
            budget=self.budget,
            quantization=self.quantization,
            images=self.images,
        )
        self._write(path, settings, asdict(result))
        return result

    def cost(self, folder: Path) -> StepCost | None:
        """What a step costs, from its file if there is one; None for a method that does not train. All seeds have one."""
        settings = {"batch": self.budget.batch, "quantization": asdict(self.quantization), "torch": torch.__version__}
        settings |= self._products()
        path = self._path(folder, f"{self.method}-step-{_short(settings)}.json")
        try:
            known = self._read(path)["result"]
            return None if known is None else StepCost(**known)
        except (OSError, ValueError, KeyError, TypeError):
            cost = step_cost(self.workload, self.multiplier, self.method, self.budget.batch, self.quantization)
            self._write(path, settings, None if cost is None else asdict(cost))
            return cost

    def _place(self, folder: Path) -> tuple[Path, dict[str, Any]]:
        settings: dict[str, Any] = {"budget": asdict(self.budget), "quantization": asdict(self.quantization)}
        settings |= {"images": self.images, "weights": load(self.workload).record().weights_sha256}
        settings |= self._products()
        return self._path(folder, f"{self.method}-seed{self.budget.seed}-{_short(settings)}.json"), settings

    def _products(self) -> dict[str, str]:
        """What a user's own multiplier is, since its name may stand for another by the next run."""
        found = get(self.multiplier)
        return {} if found.family is not None else {"products": found.digest}

    def _path(self, folder: Path, name: str) -> Path:
        return folder / self.workload / self.multiplier / name

    @staticmethod
    def _read(path: Path) -> Any:
        return read_json(read_file(path, _LARGEST))

    @staticmethod
    def _write(path: Path, settings: dict[str, Any], result: Any) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps({"settings": settings, "result": result}, indent=1).encode())


def _short(settings: dict[str, Any]) -> str:
    return sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:12]
