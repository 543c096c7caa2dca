"""`python -m phasecall` does what `phasecall` does."""

from phasecall.cli import main

if __name__ == "__main__":
    main()
