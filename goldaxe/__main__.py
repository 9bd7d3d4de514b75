"""The command `goldaxe`; `python -m goldaxe`, as in `torchrun --nproc-per-node 2 -m goldaxe retrain ...`.

Nothing is imported before signals are handled: loading the packages takes a good part of a second, and torch several.
"""

from ._ending import interruptible


def main() -> None:
    """Run the command line."""
    with interruptible():
        from .cli import main as run

        run()


if __name__ == "__main__":
    main()
