"""What each change of colour and each effect costs against plain libvips on the same picture, in alternation."""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from math import sqrt
from pathlib import Path

import pictures
import pyvips

from imgcdn.dialects import native
from imgcdn.engine import adjust, effects, probe, vips
from imgcdn.engine.environment import ENVIRONMENT
from imgcdn.engine.render import render
from imgcdn.model.analysis import Focus
from imgcdn.model.geometry import Point
from imgcdn.model.media import Format
from imgcdn.planning import planner
from imgcdn.planning.settings import Encoding, Limits

_WIDTH, _HEIGHT = 800, 500
_LUMA = [0.2126, 0.7152, 0.0722]
_ASKED = 2.0

Step = Callable[[pyvips.Image], pyvips.Image]


def _table(image: pyvips.Image) -> pyvips.Image:
    """A table for each level, as one would make it with libvips: it costs next to nothing."""
    levels = pyvips.Image.identity()
    return image.maplut(((levels / 255) ** 0.7 * 255).cast("uchar"))


def _matrix(image: pyvips.Image) -> pyvips.Image:
    return (image.recomb([[0.4, 0.5, 0.1], [0.2, 0.7, 0.1], [0.2, 0.5, 0.3]]) + 0.5).cast("uchar")


def _tones(image: pyvips.Image) -> pyvips.Image:
    """libvips' own curve for shadows and highlights, on L of Lab."""
    lab = image.colourspace("labs")
    curve = pyvips.Image.tonelut(in_max=32767, out_max=32767, S=20, H=-20)
    return lab[0].maplut(curve).cast("short").bandjoin([lab[1], lab[2]]).copy(interpretation="labs").colourspace("srgb")


def _chroma(image: pyvips.Image) -> pyvips.Image:
    """More colour where there is little, in LCh."""
    lch = image.colourspace("lch")
    gain = 2 - lch[1] / 100
    return lch[0].bandjoin([lch[1] * gain, lch[2]]).copy(interpretation="lch").colourspace("srgb")


def _unsharp(sigma: float) -> Step:
    return lambda image: (image + (image - image.gaussblur(sigma))).cast("uchar")


def _halftone(image: pyvips.Image) -> pyvips.Image:
    """Four screens of cosines, one for each ink, over the whole picture."""
    soft = image.gaussblur(1.6)
    lightest = soft[0].maxpair(soft[1]).maxpair(soft[2])
    at = pyvips.Image.xyz(image.width, image.height) * (360 / 8)
    screens = []
    for x, y in ((3 / sqrt(10), 1 / sqrt(10)), (1 / sqrt(10), 3 / sqrt(10)), (1, 0), (sqrt(0.5), sqrt(0.5))):
        waves = (at[0] * x + at[1] * y).cos() + (at[1] * x - at[0] * y).cos()
        screens.append(waves * 64 + 128)
    inks = ((soft * 255 / lightest - screens[0].bandjoin(screens[1:3])) * 4 + 128).cast("uchar")
    return (inks * ((lightest - screens[3]) * 4 + 128).cast("uchar") / 255).cast("uchar")


_CASES: dict[str, Step] = {
    "": lambda image: image,
    "bri=120": _table,
    "con=120": _table,
    "gam=1.5": _table,
    "exposure=30": _table,
    "invert=1": lambda image: image.invert(),
    "sat=150": _matrix,
    "hue=90": _matrix,
    "bri=110&con=110&sat=120&hue=20": lambda image: _matrix(_table(image)),
    "vib=60": _chroma,
    "shad=50&high=-50": _tones,
    "sepia=80": _matrix,
    "monochrome=ff7a00": _matrix,
    "duotone=000080,fa8072": _matrix,
    "nr=20": lambda image: image.median(3),
    "sharp=30": lambda image: image.sharpen(),
    "usm=60": _unsharp(2.5),
    "blur=10": lambda image: image.gaussblur(1),
    "blur=60": lambda image: image.gaussblur(6),
    "blur=200": lambda image: image.gaussblur(20),
    "blur=2000": lambda image: image.gaussblur(200),
    "px=12": lambda image: image.shrink(12, 12, ceil=True).zoom(12, 12).crop(0, 0, image.width, image.height),
    "htn=8": _halftone,
}
"""By query, the operations of libvips that do the same kind of work."""


def _over_alpha(step: Step) -> Step:
    """The same for a picture with alpha: colours premultiplied, the step, and back."""

    def carried(image: pyvips.Image) -> pyvips.Image:
        mixed = image.premultiply().cast("uchar")
        done = step(mixed[0:3]).bandjoin(mixed[3])
        return done.unpremultiply().cast("uchar")

    return carried


def _plain(path: Path, step: Step) -> bytes:
    """A render in plain libvips: decode shrunk as far as the target allows, resize, the step, encode."""
    if path.suffix == ".png":
        image = pyvips.Image.new_from_file(str(path), access="sequential")
        image = image.thumbnail_image(_WIDTH, height=_HEIGHT, size="force").copy_memory()
        return _over_alpha(step)(image).webpsave_buffer(Q=80, effort=2, keep=0)
    image = pyvips.Image.jpegload(str(path), shrink=2, access="sequential")
    image = image.resize(_WIDTH / image.width, vscale=_HEIGHT / image.height).copy_memory()
    return step(image).jpegsave_buffer(Q=80, keep=0)


class Case:
    """One query, on one picture, as imgcdn does it and as libvips alone would."""

    def __init__(self, path: Path, query: str, step: Step) -> None:
        self.path, self.step = path, step
        form = Format.WEBP if path.suffix == ".png" else Format.JPEG
        spec = native.parse("b", "x", f"w={_WIDTH}&h={_HEIGHT}&fit=fill&jpgProgressive=0&q=80&{query}".rstrip("&")).spec
        self.info = probe.probe(str(path))
        self.plan = planner.plan(spec, self.info, Focus(Point(0.5, 0.5), "fp"), form, Limits(), Encoding(webp_effort=2))
        image = pyvips.Image.new_from_file(str(path)).thumbnail_image(_WIDTH, height=_HEIGHT, size="force")
        self.image = image.copy_memory()

    def render(self) -> None:
        render(str(self.path), self.info, self.plan)

    def render_plain(self) -> None:
        _plain(self.path, self.step)

    def treat(self) -> None:
        image = self.image
        if self.plan.adjust is not None:
            image = adjust.adjust(image, self.plan.adjust)
        if self.plan.effects is not None:
            image = effects.treat(image, self.plan.effects)
        image.copy_memory()

    def treat_plain(self) -> None:
        step = _over_alpha(self.step) if self.image.hasalpha() else self.step
        step(self.image).copy_memory()


def _ratio(own: Callable[[], None], other: Callable[[], None], rounds: int) -> tuple[float, float, float]:
    """Return milliseconds of CPU of both, and the median of their ratios, each of two runs next to each other."""
    taken: list[tuple[float, float]] = []
    for turn in range(rounds + 1):
        pair = [_cpu_ms(run) for run in ((own, other) if turn % 2 == 0 else (other, own))]
        taken.append((pair[0], pair[1]) if turn % 2 == 0 else (pair[1], pair[0]))
    measured = taken[1:]  # the first of each warms up
    one, two = (statistics.median(values) for values in zip(*measured, strict=True))
    return one, two, statistics.median(a / b for a, b in measured)


def _cpu_ms(run: Callable[[], None]) -> float:
    before = time.process_time()
    run()
    return (time.process_time() - before) * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", default="", help="queries that hold this text")
    given = parser.parse_args()
    if any(os.environ.get(name) != value for name, value in ENVIRONMENT.items()):
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **ENVIRONMENT})
    vips.start()
    with tempfile.TemporaryDirectory(prefix="imgcdn-bench-") as temporary:
        folder = Path(temporary)
        pictures.make(folder)
        jpeg = folder / "photo2mp.0.jpg"
        clear = folder / "alpha.png"
        photo = pyvips.Image.new_from_file(str(jpeg))
        shade = pyvips.Image.xyz(photo.width, photo.height)[0] * (255 / photo.width)
        photo.bandjoin(shade.cast("uchar")).pngsave(str(clear), compression=1)
        for path in (jpeg, clear):
            print(f"\n{path.name} -> {_WIDTH}x{_HEIGHT}, CPU ms, {given.rounds} rounds")
            print(f"{'query':34}{'render':>9}{'libvips':>9}{'x':>7}{'step':>9}{'libvips':>9}{'x':>7}")
            for query, step in _CASES.items():
                if given.only in query:
                    case = Case(path, query, step)
                    whole = _ratio(case.render, case.render_plain, given.rounds)
                    alone = _ratio(case.treat, case.treat_plain, given.rounds) if query else (0.0, 0.0, 0.0)
                    mark = "  OVER" if max(whole[2], alone[2]) > _ASKED else ""
                    print(
                        f"{query or 'nothing':34}{whole[0]:9.1f}{whole[1]:9.1f}{whole[2]:7.2f}"
                        f"{alone[0]:9.2f}{alone[1]:9.2f}{alone[2]:7.2f}{mark}",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
