"""Files of measured numbers: they took minutes, so that nothing replaces them unasked, and nobody reads half of one."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from multipliers._files import atomically
from multipliers._results import refuse_existing, replaceable


def refuse_unless_new(path: Path | None, overwrite: bool) -> None:
    """End with status 2 and a sentence, before anything is measured, if the file cannot be written or is there already."""
    if path is None:
        return
    try:
        replaceable(path)
        if not overwrite:
            refuse_existing([path])
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)


def keep(path: Path, results: Any) -> None:
    """Write numbers as JSON, whole or not at all."""
    with atomically(path) as temporary:
        temporary.write_text(json.dumps(results, indent=1))
