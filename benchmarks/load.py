"""Load through wrk, which costs little CPU; a Lua script gives every request a URL of its own if that is wanted."""

import itertools
import json
import subprocess
import tempfile
from pathlib import Path

_LUA = """
local n = 0
local gravities = {"center", "auto", "smart", "face", "north", "center", "center", "entropy"}
local formats = {"jpeg", "jpeg", "webp", "png", "jpeg", "avif", "jpeg"}
function init(args) template = args[1]; n = tonumber(args[2]) end
function request()
  n = n + 1
  local source = n % 16 == 0 and "photo24mp." or (n % 2 == 0 and "photo2mp." or "portrait.")
  local values = {
    copy = n % 16,
    w2 = string.format("%02d", math.floor(n / 16) % 64),
    h2 = string.format("%02d", math.floor(n / 1024) % 64),
    bg = string.format("%06x", n % 16777216),
    few = string.format("%06x", n % 10000),
    mix = source .. (math.floor(n / 16) % 16) .. ".jpg",
    gravity = gravities[n % 8 + 1],
    format = formats[n % 7 + 1],
  }
  return wrk.format("GET", (template:gsub("{(%w+)}", values)))
end
function done(summary, latency, requests)
  local e = summary.errors
  io.stderr:write(string.format('{"n":%d,"us":%d,"p50":%d,"p99":%d,"bad":%d}\\n', summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
"""
_seeds = itertools.count(0, 4099)
"""Where each run begins to count: runs must not meet URLs of earlier ones, which repeat after 65,536."""


def wrk(
    port: int, template: str, *, connections: int, seconds: float, headers: dict[str, str] | None = None
) -> dict[str, float]:
    """Return req_s, p50_ms, p99_ms, n and bad of one run."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "load.lua"
        script.write_text(_LUA)
        extra = [part for name, value in (headers or {}).items() for part in ("-H", f"{name}: {value}")]
        run = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{round(seconds)}s", "--timeout", "60s", *extra, "-s", str(script),
             f"http://127.0.0.1:{port}", "--", template, str(next(_seeds))],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    found = json.loads(next(line for line in run.stderr.splitlines() if line.startswith("{")))
    return {
        "req_s": found["n"] / (found["us"] / 1e6),
        "p50_ms": found["p50"] / 1e3,
        "p99_ms": found["p99"] / 1e3,
        "n": found["n"],
        "bad": found["bad"],
    }
