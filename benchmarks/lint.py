"""`imgcdn imgix lint` on a million lines of the kinds that sites on imgix really write: lines a second, peak memory."""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))
from imgcdn.dialects.imgix import signing

_TOKEN = "aaAAbbBB11223344"
_SEED = 20_261_121
_DISTINCT = 0.3
"""Share of lines whose query nobody sent before."""
_NEXT = (16, 32, 48, 64, 96, 128, 256, 384, 640, 750, 828, 1080, 1200, 1920, 2048, 3840)
_SRCSET = tuple(min(8192, 2 * round(100 * 1.16**n / 2)) for n in range(31))
_DPR_QUALITIES = (75, 50, 35, 23, 20)
_AGENTS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
)


def _next(rng: random.Random) -> str:
    return f"auto=format&fit=max&w={rng.choice(_NEXT)}&q=75"


def _unpic(rng: random.Random) -> str:
    width = rng.choice((320, 640, 750, 828, 960, 1080, 1280, 1668, 1920, 2048))
    return f"w={width}&h={width * rng.choice((9, 10, 12)) // 16}&fit=min&auto=format"


def _avatar(rng: random.Random) -> str:
    side = rng.choice((48, 64, 256))
    return f"ixlib=rb-1.2.1&auto=format&fit=facearea&facepad={rng.choice((2, 2.25, 3, 8))}&w={side}&h={side}&q=80"


def _srcset(rng: random.Random) -> str:
    if rng.random() < 0.3:
        dpr = rng.randint(1, 5)
        return f"ixlib=js-3.8.0&fit=crop&crop=faces%2Centropy&w=400&ar=16%3A9&dpr={dpr}&q={_DPR_QUALITIES[dpr - 1]}"
    return f"ixlib=js-3.8.0&auto=format%2Ccompress&w={rng.choice(_SRCSET)}"


def _odd(rng: random.Random) -> str:
    return rng.choice(
        (
            "w=600&fit=fit-max&auto=format",
            "w=800&bg-remove=true&fm=png",
            "w=1200&h=630&fit=crop&txt64=SGVsbG8&txt-size=64&txt-color=fff&mark-align=top%2Cleft",
            "blur=200&px=4&w=40",
            "w=300&utm_source=mail&fbclid=abc",
            "fm=jp2&w=600",
            "w=%ZZ&q=high",
        )
    )


def _fresh(rng: random.Random, number: int) -> str:
    """A query that no line had before: an editor's crop, or Unsplash's id of a caller."""
    if number % 2:
        x, y = rng.randrange(2000), rng.randrange(2000)
        rect = f"{x}%2C{y}%2C{1000 + number}%2C{rng.randrange(500, 3000)}"
        return f"auto=compress%2Cformat&rect={rect}&w={rng.choice(_NEXT)}"
    return f"ixlib=rb-4.0.3&ixid=M3wxMjA3fDB8MHxwaG90by1wYWdl{number}&auto=format&fit=crop&w={rng.choice(_NEXT)}&q=80"


_KINDS: tuple[Callable[[random.Random], str], ...] = (
    *(_next,) * 8,
    *(_unpic,) * 5,
    *(_avatar,) * 3,
    *(_srcset,) * 6,
    _odd,
)


def targets(lines: int, *, is_signed: bool) -> Iterator[str]:
    """Yield path and query of so many requests, the same ones at every run."""
    rng = random.Random(_SEED)
    for number in range(lines):
        query = _fresh(rng, number) if rng.random() < _DISTINCT else rng.choice(_KINDS)(rng)
        path = f"/uploads/{rng.randrange(20_000):05d}/hero%20image.jpg"
        yield f"{path}?{query}&s={signing.sign(_TOKEN, path, query)}" if is_signed else f"{path}?{query}"


def _combined(target: str, rng: random.Random) -> str:
    address = (
        f"{rng.randrange(256)}.{rng.randrange(256)}.0.{rng.randrange(256)}" if rng.random() < 0.8 else "2001:db8::1"
    )
    return (
        f'{address} - - [21/Nov/2026:10:00:{rng.randrange(60):02d} +0000] "GET {target} HTTP/2.0" 200 '
        f'{rng.randrange(2000, 200_000)} "https://www.example.com/" "{rng.choice(_AGENTS)}"\n'
    )


def _entry(target: str, rng: random.Random) -> str:
    record = {
        "time": "2026-11-21T10:00:00+00:00",
        "remote_addr": "2001:db8::1",
        "request_method": "GET",
        "request_uri": target,
        "status": 200,
        "body_bytes_sent": rng.randrange(2000, 200_000),
        "http_referer": "https://www.example.com/",
        "http_user_agent": rng.choice(_AGENTS),
    }
    return json.dumps(record) + "\n"


def _write(path: Path, lines: int, write: Callable[[str, random.Random], str], *, is_signed: bool) -> None:
    rng = random.Random(_SEED)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(write(target, rng) for target in targets(lines, is_signed=is_signed))


def _measure(name: str, path: Path, lines: int, *flags: str) -> None:
    """Run the command as a user does, and print what it took."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("IMGCDN_")}
    begun = time.perf_counter()
    with tempfile.TemporaryFile() as out:
        command = subprocess.Popen(
            [sys.executable, "-m", "imgcdn", "imgix", "lint", "--json", *flags, str(path)], stdout=out, env=environment
        )
        _, _, used = os.wait4(command.pid, 0)
        took = time.perf_counter() - begun
        command.returncode = 0
        out.seek(0)
        found = json.load(out)
    assert found["urls"] == lines, found["urls"]
    print(
        f"{name:16} {path.stat().st_size / 1e6:6.0f} MB  {took:6.1f} s  {used.ru_utime + used.ru_stime:6.1f} s cpu  "
        f"{lines / took:9,.0f} lines/s  {used.ru_maxrss / 1024:5.0f} MiB",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    lines = parser.parse_args().lines
    distinct = len({target.partition("?")[2] for target in targets(lines, is_signed=False)})
    print(f"{lines:,} lines, {distinct / lines:.0%} distinct queries; one process")
    with tempfile.TemporaryDirectory(prefix="imgcdn-lint-") as folder:
        path = Path(folder) / "access.log"
        _write(path, lines, _combined, is_signed=False)
        _measure("combined", path, lines)
        _write(path, lines, _entry, is_signed=False)
        _measure("JSON lines", path, lines)
        _write(path, lines, _combined, is_signed=True)
        _measure("combined, signed", path, lines, "--token", _TOKEN)


if __name__ == "__main__":
    main()
