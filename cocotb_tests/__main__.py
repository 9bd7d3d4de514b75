"""`python -m cocotb_tests [LABEL ...]`: verify these multipliers, or every default one; `make sim` calls it."""

import argparse
import sys

from multipliers import CacheError, MultiplierError, defaults, get

from . import ToolchainError, Verification, verify_many
from ._verify import SAMPLES


def main() -> int:
    """Exit status 0 if all passed, 1 if one did not, 2 for what cannot be asked."""
    parser = argparse.ArgumentParser(
        prog="python -m cocotb_tests", description="Check Verilog multipliers against their models."
    )
    parser.add_argument("labels", nargs="*", metavar="LABEL", help="as drum8_k4; without any, every default multiplier")
    parser.add_argument("--jobs", type=int, help="simulations at a time; one for each processor if not given")
    parser.add_argument("--samples", type=int, default=SAMPLES, help="random operand pairs where all are too many")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    try:
        chosen = [get(label) for label in arguments.labels] or defaults()
        results = verify_many(chosen, jobs=arguments.jobs, progress=_tell, samples=arguments.samples, seed=arguments.seed)
    except (MultiplierError, CacheError, ToolchainError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    passed = sum(result.passed for result in results)
    pairs = sum(result.vectors for result in results)
    print(f"{passed} of {len(results)} multipliers verified, {pairs:,} pairs")
    return 0 if passed == len(results) else 1


def _tell(result: Verification) -> None:
    print(result, flush=True)


if __name__ == "__main__":
    sys.exit(main())
