"""``python -m relmkt`` is the command ``relmkt``."""

from relmkt.cli import main

if __name__ == "__main__":
    main()
