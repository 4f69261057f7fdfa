"""``python -m cirrus_gui``: the window."""

from __future__ import annotations

import sys

from cirrus_gui.app import main

if __name__ == "__main__":
    sys.exit(main())
