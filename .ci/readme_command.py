"""Print a command of the README, found by its marker: readme_command.py README.md test."""

import re
import sys
from pathlib import Path

text = Path(sys.argv[1]).read_text(encoding="utf-8")
found = re.search(rf"<!-- command: {re.escape(sys.argv[2])} -->\n```sh\n(.+?)\n```", text, re.DOTALL)
if found is None:
    sys.exit(f"no command marked {sys.argv[2]}")
print(found[1])
