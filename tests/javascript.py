"""The npm packages of tests/clients, installed once into a folder of their own, and the scripts there, run by Node."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lacks import lacking

CLIENTS = Path(__file__).parent / "clients"
_PATIENCE_S = 110
_QUIET = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--prefer-offline", "--loglevel=error")


@dataclass(frozen=True, slots=True)
class Clients:
    """The folder that the packages are installed in, and the Node that runs its scripts."""

    node: str
    folder: Path

    def run(self, script: str, given: dict[str, Any]) -> str:
        """Run a script with what it is given as JSON, and return what it prints."""
        ended = subprocess.run(
            [self.node, self.folder / script, json.dumps(given)],
            cwd=self.folder,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=_PATIENCE_S,
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def told(self, script: str, given: dict[str, Any]) -> list[dict[str, Any]]:
        """Run a script that prints a line of JSON for each thing it tells."""
        return [json.loads(line) for line in self.run(script, given).splitlines()]


def install(node: str, npm: str, folder: Path) -> Clients:
    """Copy the scripts and the lock file, and have npm install exactly what it names."""
    for file in CLIENTS.iterdir():
        if file.suffix in {".json", ".mjs"}:
            shutil.copy(file, folder)
    # The lock file names no address: each machine's npm fetches from the registry that it is set to.
    env = os.environ | {"npm_config_omit_lockfile_registry_resolved": "true"}
    ended = subprocess.run(
        [npm, "ci", *_QUIET], cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=_PATIENCE_S
    )
    if ended.returncode:
        lacking(f"npm cannot install the packages of tests/clients: {ended.stderr}")
    return Clients(node, folder)
