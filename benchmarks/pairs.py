"""Every pair of parameters on every kind of picture, through real workers: rendered as planned, or refused by name."""

import argparse
import asyncio
import io
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from PIL import Image

from imgcdn import errors
from imgcdn.app import Application
from imgcdn.dialects import native
from imgcdn.settings import load
from imgcdn.web.explained import explanation

sys.path.append(str(Path(__file__).parents[1] / "tests"))
import pairing

_ACCEPTS = ("", "image/webp", "")
_WITHIN_S = 20.0


class Tally:
    """What came of the asks so far."""

    def __init__(self) -> None:
        self.rendered = self.lacking = 0
        self.refused: Counter[str] = Counter()
        self.failed: list[str] = []
        self.slowest: list[tuple[float, str]] = []

    def fail(self, url: str, why: str) -> None:
        self.failed.append(f"{url}: {why}")
        print("FAILED", url, why, flush=True)

    def took(self, seconds: float, url: str) -> None:
        self.slowest = sorted([*self.slowest, (seconds, url)], reverse=True)[:10]


async def ask(application: Application, name: str, query: str, accept: str, tally: Tally, *, explains: bool) -> None:
    url = f"/img/{name}?{query}"
    begun = time.perf_counter()
    try:
        parsed = native.parse("img", name, query)
        async with asyncio.timeout(_WITHIN_S):
            rendition = (await application.pipeline.answer(parsed, accept)).rendition
            if explains:
                found = await application.pipeline.explain(parsed, accept)
                explanation(parsed, found)
    except errors.FeatureNotInstalledError:
        tally.lacking += 1
    except errors.ImgcdnError as error:
        if error.status >= 500 or error.param is None or error.param not in pairing.parts(query):
            tally.fail(url, f"{error.status} {error.code} {error.param}: {error.detail}")
        tally.refused[f"{error.code} {error.param}"] += 1
    except Exception as error:  # noqa: BLE001 - each is a finding
        tally.fail(url, f"{type(error).__name__}: {error}")
    else:
        tally.rendered += 1
        if rendition.media_type.startswith("image/"):
            with Image.open(io.BytesIO(rendition.body)) as image:
                image.load()
                if image.size != (rendition.width, rendition.height):
                    tally.fail(url, f"{image.size} in place of {rendition.width}x{rendition.height}")
                if Image.MIME[image.format] != rendition.media_type and image.format != "MPO":
                    tally.fail(url, f"{image.format} in place of {rendition.media_type}")
    tally.took(time.perf_counter() - begun, url)


async def run(given: argparse.Namespace, folder: Path) -> Tally:
    names = pairing.write_sources(folder)
    asks = [(name, queries) for name in names for queries in [(one,) for one in pairing.alone()]]
    pairs = [(name, pair) for name in names for pair in pairing.pairs()]
    random.Random(given.seed).shuffle(pairs)
    tally, until, done = Tally(), time.monotonic() + given.minutes * 60, 0
    settings = load(
        None,
        {
            "data": {"dir": folder / "data"},
            "cache": {"dir": folder / "cache"},
            "render": {"workers": given.workers},
            "mount": [{"name": "img", "origin": str(folder)}],
        },
    )
    application = Application(settings)
    await application.start()
    try:
        await application.models_pulled()
        todo = iter([*asks, *pairs])

        async def work() -> None:
            nonlocal done
            for name, queries in todo:
                if time.monotonic() > until:
                    return
                query = pairing.text(pairing.join(queries), "/img/mark.webp")
                await ask(application, name, query, _ACCEPTS[done % 3], tally, explains=done % 5 == 0)
                done += 1
                if done % 5000 == 0:
                    print(f"{done} of {len(asks) + len(pairs)}, {len(tally.failed)} failed", flush=True)

        await asyncio.gather(*(work() for _ in range(given.workers + 1)))
    finally:
        await application.stop()
    print(f"{done} of {len(asks) + len(pairs)} asks: {len(asks)} of one parameter, the others of two")
    return tally


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="imgcdn-bench-") as temporary:
        tally = asyncio.run(run(given, Path(temporary)))
    print(f"{tally.rendered} rendered, {sum(tally.refused.values())} refused, {tally.lacking} of formats not installed")
    for why, count in tally.refused.most_common():
        print(f"  refused {count:6} {why}")
    for seconds, url in tally.slowest:
        print(f"  {seconds:6.2f} s {url}")
    print(f"{len(tally.failed)} failed")
    sys.exit(bool(tally.failed))


if __name__ == "__main__":
    main()
