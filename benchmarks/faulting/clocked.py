"""`imgcdn` on a clock that can be put forward and back while it runs: `clocked.py FILE serve …`.

FILE holds the seconds by which `time.time` is ahead, and is looked at on each call.
"""

import sys
import time
from contextlib import suppress
from pathlib import Path

_real = time.time
_file = Path(sys.argv.pop(1))


def _put() -> float:
    ahead = 0.0
    with suppress(OSError, ValueError):
        ahead = float(_file.read_text(encoding="ascii"))
    return _real() + ahead


if __name__ == "__main__":
    time.time = _put
    from imgcdn.cli import main

    main()
