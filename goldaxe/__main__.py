"""`python -m goldaxe`, as in `torchrun --nproc-per-node 2 -m goldaxe retrain ...`."""

from .cli import main

if __name__ == "__main__":
    main()
