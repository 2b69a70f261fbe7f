"""Schemathesis over the whole OpenAPI document of a running server."""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from serving import command, environment, eventually

HERE = Path(__file__).parent
SETTINGS = """
[gravity]
pull_models = false
[[mount]]
name = "img"
origin = "{photos}"
[[mount]]
name = "remote"
origin = "proxy"
allow_hosts = ["images.invalid"]
[presets]
small = "w=32&h=32"
"""
_LONGEST_LINE = 400


@dataclass(frozen=True)
class Fuzzed:
    """How many requests were made, and what was found, empty where all was well."""

    cases: int
    findings: str


def fuzz(server, folder, *, most, seed=1, within_s=900):
    """Ask with bodies and parameters that cover the document, and with `most` random ones for each operation."""
    key = _key(server)
    options = ("--phases", "coverage,fuzzing", "-n", most, "--seed", seed, "--request-timeout", 60, "--no-color")
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", HERE / "fuzzing.toml"),
            *("run", f"{server.url}/v1/openapi.json", "--continue-on-failure", "--no-shrink"),
            *map(str, options),
        ],
        cwd=folder,
        env=environment({"SCHEMATHESIS_HOOKS": "fuzzhooks", "PYTHONPATH": str(HERE), "IMGCDN_FUZZ_KEY": key}),
        capture_output=True,
        text=True,
        check=False,
        timeout=within_s,
    )
    said = "\n".join(line[:_LONGEST_LINE] for line in (ended.stdout + ended.stderr).splitlines() if line.strip())
    made = re.search(r"(\d+) generated", said)
    return Fuzzed(int(made[1]) if made else 0, said if ended.returncode else "")


def _key(server):
    """Make the first key, so that who has none is refused."""
    folder = {"IMGCDN_DATA__DIR": str(server.cache.parent / "data"), "COLUMNS": "200"}
    made = subprocess.run(
        command("keys", "add", "fuzz"), capture_output=True, text=True, check=True, env=environment(folder), timeout=60
    )
    eventually(lambda: server.get("/v1/presets").status_code == 401, 10, "the key is noticed")
    return made.stdout.split()[0]
