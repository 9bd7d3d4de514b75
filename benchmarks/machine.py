"""The machine that numbers were measured on, in one line."""

from __future__ import annotations

from pathlib import Path

import torch


def machine() -> str:
    """torch's version and threads, the processor, and those of its vector extensions that matter."""
    return f"torch {torch.__version__}, {torch.get_num_threads()} threads, {_processor()}"


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return "unknown processor"
    fields = {key.strip(): value.strip() for key, value in (line.split(":", 1) for line in text.splitlines() if ":" in line)}
    has = [flag for flag in ("avx2", "avx512_vnni", "avx512vbmi") if flag in fields.get("flags", "").split()]
    family = f"family {fields['cpu family']}" if "cpu family" in fields else ""
    return f"{fields.get('model name', 'unknown processor')} {family} ({', '.join(has) or 'no AVX2'})"
