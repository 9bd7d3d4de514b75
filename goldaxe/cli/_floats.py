"""Floating-point multipliers on the command line: found by label as the others are, and shown in their own terms."""

from __future__ import annotations

from dataclasses import asdict

from cocotb_tests import stamp_of
from multipliers import Multiplier, floats, get, rtl
from multipliers.floats import FloatMetrics, FloatMultiplier

from ._console import headed, output, print_json, table

_MEANING = {
    "mre": "mean relative error (MRE)",
    "bias": "mean of the signed relative error (bias)",
    "wcre": "worst relative error (WCRE)",
    "ep": "share of results that are not the correctly rounded ones (EP)",
}


def circuit(name: str) -> Multiplier:
    """The multiplier of a label; a float one over its bit patterns."""
    found = floats.find(name)
    return get(name) if found is None else found.circuit


def exact_of(multiplier: Multiplier) -> Multiplier | None:
    """What a float multiplier's circuit is compared with: the exact one of its format; None for another's."""
    found = floats.find(multiplier.label)
    return None if found is None or found.circuit.digest != multiplier.digest else found.exact.circuit


def show_float(multiplier: FloatMultiplier, json: bool) -> None:
    """What `goldaxe show` says of a floating-point multiplier."""
    format, metrics, stamp = multiplier.format, floats.measure(multiplier), stamp_of(multiplier.circuit)
    files = [path.name for path in rtl(multiplier.circuit).files] if multiplier.circuit.verilog else []
    verified = None if stamp is None else "exhaustive" if stamp.exhaustive else "sampled"
    rounding = "nearest" if multiplier.nearest else "zero"
    if json:
        about = {"label": multiplier.label, "digest": multiplier.circuit.digest, "verified": verified}
        parts = {"format": format.name, "significands": multiplier.core.label}
        options = {"rounding": rounding, "subnormals": multiplier.subnormals}
        print_json({**about, **parts, **options, "rtl": files, "metrics": asdict(metrics)})
        return
    output.print(headed(multiplier.label, f": {format.name} product, significands multiplied by {multiplier.core.label}"))
    numbers = "no infinities" if format.finite else "infinities"
    output.print(f"{format.name}: 1 sign, {format.exponent} exponent and {format.mantissa} mantissa bits, {numbers}")
    kept = "kept" if multiplier.subnormals else "flushed to zero"
    output.print(f"rounding: {'to nearest, ties to even' if multiplier.nearest else 'toward zero'}; subnormals: {kept}")
    output.print(f"Verilog: {', '.join(files) or 'none'}\n")
    extent = "all pairs" if metrics.exhaustive else "sampled"
    shown = table("metric", ">value", title=f"Error over {metrics.vectors:,} pairs of significands ({extent})")
    for key, meaning in _MEANING.items():
        shown.add_row(meaning, f"{getattr(metrics, key):,.6g}")
    output.print(shown)
    missing = f"not verified: run goldaxe verify {multiplier.label}" if files else "none"
    output.print(f"\nRTL {f'verified ({verified})' if verified else missing}", soft_wrap=True)


def list_floats(measured: dict[str, FloatMetrics]) -> None:
    """The table of `goldaxe list`."""
    shown = table("multiplier", ">MRE %", ">bias %", ">worst %", ">errors %", title="Floating point, default variants")
    for label, m in measured.items():
        shown.add_row(
            label, *(f"{100 * value:{sign}.3f}" for value, sign in ((m.mre, ""), (m.bias, "+"), (m.wcre, ""), (m.ep, "")))
        )
    output.print(shown)
    output.print(
        "\nA label is format, rz if results are rounded toward zero, ftz if subnormals are flushed, and the multiplier of "
        "significands. Formats: bf16, fp16, e4m3fn, e5m2, and eXmY with X exponent and Y mantissa bits."
    )
