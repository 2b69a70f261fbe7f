"""Every parameter alone, and every pair of them, on pictures of every kind: rendered as planned or refused by name."""

import io
import random
from collections import Counter
from dataclasses import replace

import pairing
import pytest
from measuring import durations, opened, pixels_of, psnr
from PIL import Image

from imgcdn import errors
from imgcdn.dialects import native
from imgcdn.engine import probe, trim
from imgcdn.engine.render import render
from imgcdn.model.analysis import Focus
from imgcdn.model.geometry import Point, Region
from imgcdn.model.media import Format
from imgcdn.model.seen import Seen
from imgcdn.planning import laying, negotiate, planner, playing
from imgcdn.planning.settings import Encoding, Limits
from imgcdn.tasks import telling

_AT_ONCE = 30
_FACES = (Region(0.3, 0.1, 0.2, 0.3, 0.9), Region(0.7, 0.6, 0.1, 0.1, 0.6))
_QUICK = Encoding(avif_effort=0, webp_effort=0, png_effort=1, gif_effort=1)
_TOLD = {Format.JSON, Format.IMGIX_JSON, Format.PALETTE_JSON, Format.PALETTE_CSS}
_IMPOSSIBLE = {("page", "page=2"), ("w", "w=40&pad_left=60")}
_NOTHING_LEFT = {("rect", "rect=0.2,0.2,0.5,0.6"), ("rect", "rect=10,5,60,30")}
_LASTS_MS = 1000
"""What the frames of the animation last together."""
_PILLOW = {"JPEG": Format.JPEG, "MPO": Format.JPEG} | {form.value.upper(): form for form in Format}
_SOURCES = ("photo.jpg", "alpha.png", "film.gif", "cmyk.jpg", "deep.png", "dot.png")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("pairs")
    assert tuple(pairing.write_sources(made)) == _SOURCES
    return made


def carry_out(path, spec, accepted):
    """Do what a server does between the URL and the bytes; require that these are what the plan says, and return them."""
    mark = str(path.parent / "mark.webp")
    info = probe.probe(str(path), playing.page_of(spec))
    playing.refuse(spec, info)
    pictures = [(mark, probe.probe(mark)) for _ in laying.pictures_of(spec)]
    seen = Seen(None, _FACES if spec.redaction.hides_faces else (), tuple(layer for _, layer in pictures))
    upright = planner.upright_size(spec, info)
    if spec.trim.mode is not None:
        turned = replace(info, orientation=planner.orientation_of(spec, info))
        region = planner.region_of(spec, upright)
        seen = replace(seen, trimmed=trim.find(str(path), turned, region, spec.trim))
    is_wanted = planner.wanted_aspect(spec, upright, Limits(), seen) is not None
    focus = Focus(spec.focal_point or Point(0.4, 0.3), "face", faces=_FACES[:1]) if is_wanted else None
    plan = planner.plan(spec, info, focus, negotiate.choose(spec, accepted, info), Limits(), _QUICK, seen=seen)
    if plan.output.format in _TOLD:
        return telling.tell(str(path), info, plan, pictures, "0" * 64, 1)
    body, _, _ = render(str(path), info, plan, pictures)
    if not plan.output.format.is_picture:
        assert body.isascii()
        return body
    image = Image.open(io.BytesIO(body))
    assert image.size == (plan.size.width, plan.size.height)
    assert _PILLOW[image.format] is (Format.JPEG if plan.output.format is Format.UHDR else plan.output.format)
    image.load()
    if image.format != "MPO" and getattr(image, "n_frames", 1) != plan.frames:
        assert_merged(image, plan, str(path), info, pictures)
    return body


def assert_merged(image, plan, *source):
    """Encoders merge frames that are equal: those on both ends are then, or all last as long as they should."""
    if image.n_frames > 1:
        assert image.n_frames < plan.frames
        assert plan.playback is not None or sum(durations(image)) == _LASTS_MS
        return
    path, info, pictures = source
    both = []
    for page in (plan.page, plan.page + info.frames - 1):
        body, _, _ = render(path, info, replace(plan, frames=1, playback=None, page=page), pictures)
        both.append(pixels_of(opened(body)))
    assert psnr(*both) > 45, "frames that differ were lost"


def attempt(path, settled, accepted):
    """Carry a URL out; return the parameter that it is refused for, None if it is not."""
    query = pairing.text(settled, "/pairs/mark.webp")
    try:
        carry_out(path, native.parse("pairs", path.name, query).spec, accepted)
    except errors.ImgcdnError as error:
        refusal = error
    except Exception as error:
        raise AssertionError(f"{path.name}?{query}") from error
    else:
        return None
    assert refusal.status in {400, 422}, (query, refusal.detail)
    assert refusal.param in settled, (query, refusal.detail)
    return refusal.param


@pytest.mark.parametrize("source", _SOURCES)
def test_every_value_alone_renders_as_planned_and_only_impossible_ones_are_refused(folder, source):
    refused = set()
    for number, query in enumerate(pairing.alone()):
        param = attempt(folder / source, pairing.join([query]), ("base", "webp")[number % 2])
        if param is not None:
            refused.add((param, query))
    assert refused == _IMPOSSIBLE | (_NOTHING_LEFT if source == "dot.png" else set())


@pytest.mark.timeout(400)
@pytest.mark.parametrize("source", _SOURCES)
def test_every_pair_of_values_renders_as_planned_or_is_refused_by_name(folder, source):
    refused = Counter()
    for number, queries in enumerate(pairing.covering(_AT_ONCE)):
        settled = pairing.join(query for query in queries if query != "page=2")  # refused in every pair
        accepted = ("base", "webp")[number % 2]
        while (param := attempt(folder / source, settled, accepted)) is not None:
            # What is refused is named, and the rest is tried without it.
            refused[param] += 1
            del settled[param]
    assert set(refused) <= {
        "extend",
        "rect",
        "cs",
        "max_bytes",
        "ar",
        *["w", "h", "min_w", "max_w", "min_h", "max_h"],
    }, refused


def test_the_values_tried_are_of_every_parameter_that_is_in_a_spec():
    wanted = {row.name for row in native.TABLE if row.sets in native.DEFAULTS}
    assert wanted <= set(pairing.VALUES)


def test_the_urls_tried_hold_every_pair():
    together = {
        frozenset((one, other)) for queries in pairing.covering(_AT_ONCE) for one in queries for other in queries
    }
    assert [pair for pair in pairing.pairs() if frozenset(pair) not in together] == []


def test_the_order_of_parameters_never_changes_a_byte(folder):
    rng = random.Random(11)
    urls = []
    while len(urls) < 30:
        settled = pairing.join(rng.sample(pairing.alone(), rng.randint(3, 7)))
        source = rng.choice(_SOURCES)
        if len(settled) > 3 and "page" not in settled and attempt(folder / source, settled, "webp") is None:
            urls.append((source, settled))
    for source, settled in urls:
        bodies = set()
        for _ in range(3):
            shuffled = dict(rng.sample(list(settled.items()), len(settled)))
            spec = native.parse("pairs", source, pairing.text(shuffled, "/pairs/mark.webp")).spec
            bodies.add(carry_out(folder / source, spec, "webp"))
        assert len(bodies) == 1, (source, settled)
