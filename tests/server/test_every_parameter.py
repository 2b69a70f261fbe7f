"""The example of every parameter, asked of a real server: it changes what it is for, against the same URL without it."""

import json
import re
import runpy
from pathlib import Path

import painting
import pytest
from measuring import durations, opened, pixels_of, psnr

from imgcdn.dialects import native
from imgcdn.planning.fingerprint import RECIPE

REPOSITORY = Path(__file__).parents[2]
SCRIPT = runpy.run_path(str(REPOSITORY / "docs" / "make_parameters.py"))
SETTINGS = """
[[mount]]
name = "img"
origin = "{}"
[http]
allow_debug = true
[presets]
avatar = "w=90&h=90&gravity=north"
"""


def size(one, other):
    return opened(one.content).size != opened(other.content).size


def pixels(one, other):
    both = [opened(answer.content).convert("RGBA") for answer in (one, other)]
    return both[0].size == both[1].size and psnr(*map(pixels_of, both)) < 45


def frames(one, other):
    return getattr(opened(one.content), "n_frames", 1) != getattr(opened(other.content), "n_frames", 1)


def times(one, other):
    return durations(opened(one.content)) != durations(opened(other.content))


def media_type(one, other):
    return one.headers["content-type"] != other.headers["content-type"]


def words(one, other):
    return not other.headers["content-type"].startswith("image/") and one.content != other.content


def header(name):
    return lambda one, other: one.headers.get(name) != other.headers.get(name) and one.content == other.content


def fact(name):
    """What the file says of itself."""
    return lambda one, other: opened(one.content).info.get(name) != opened(other.content).info.get(name)


PIXEL_TESTS = {
    **dict.fromkeys(
        [
            "w",
            "h",
            "ar",
            "min_w",
            "min_h",
            "max_w",
            "max_h",
            "dpr",
            "enlarge",
            "rect",
            "trim",
            "trim_tol",
            "trim_pad",
            "trim_color",
            "trim_md",
            "trim_sd",
            "rotate",
            "straighten",
            "orient",
            "pad",
            "pad_left",
            "pad_top",
            "pad_right",
            "pad_bottom",
            "border",
            "border_left",
            "border_top",
            "border_right",
            "border_bottom",
            "preset",
        ],
        size,
    ),
    **dict.fromkeys(
        [
            "fit",
            "gravity",
            "fp",
            "fpz",
            "crop",
            "face_index",
            "face_pad",
            "face_preset",
            "face_min",
            "face_else",
            "face_blur",
            "face_pixel",
            "flip",
            "flop",
            "bg",
            "bri",
            "con",
            "sat",
            "hue",
            "gam",
            "exposure",
            "vib",
            "high",
            "shad",
            "invert",
            "nr",
            "nrs",
            "sharp",
            "usm",
            "usmrad",
            "sepia",
            "monochrome",
            "duotone",
            "duotone_alpha",
            "blur",
            "px",
            "htn",
            "fill",
            "extend",
            "borderColor",
            "radius",
            "radius_inner",
            "mask",
            "mask_bg",
            "transparency",
            "grid_size",
            "grid_colors",
            "blend",
            "blendMode",
            "blendAlpha",
            "blendSize",
            "blendW",
            "blendH",
            "blendFit",
            "blendCrop",
            "blendPosition",
            "blendPad",
            "blendX",
            "blendY",
            "watermark",
            "markW",
            "markH",
            "markScale",
            "markFit",
            "markPosition",
            "markPad",
            "markX",
            "markY",
            "markRot",
            "markTile",
            "markOpacity",
            "text",
            "textSize",
            "textFont",
            "textWeight",
            "textItalic",
            "textColor",
            "textAlign",
            "textFit",
            "textPad",
            "textWidth",
            "textX",
            "textY",
            "textLead",
            "textShadow",
            "textLine",
            "textLineColor",
            "reverse",
            "page",
            "q",
            "max_bytes",
            "chroma",
            "colorquant",
            "dither",
            "lossless",
        ],
        pixels,
    ),
    **dict.fromkeys(["frame", "animated", "interval", "skip"], frames),
    "loop": fact("loop"),
    "fps": times,
    "format": media_type,
    "negotiate": media_type,
    **dict.fromkeys(["palette", "colors", "prefix", "faces", "explain"], words),
    "debug": size,
    "dpi": fact("dpi"),
    "strip": fact("exif"),
    "cs": fact("icc_profile"),
    "jpgProgressive": fact("progressive"),
    "dl": header("content-disposition"),
    "v": header("cache-control"),
    "ch": header("vary"),
}
"""What the example of a parameter changes."""
ELSEWHERE = dict.fromkeys(("exp", "kid", "sig"), "tests/dialects/test_signing.py")
"""Parameters that no example can show without a key, and who proves them."""
_ASKED_OF = {
    "loop": ("film.webp", "&format=webp"),
    "fps": ("film.webp", "&format=webp"),
    "strip": ("located.jpg", "&format=jpeg"),
    "cs": ("p3.jpg", "&format=jpeg"),
    "dpi": ("coffee.jpg", ""),
    "jpgProgressive": ("coffee.jpg", "&format=jpeg"),
    "format": ("coffee.jpg", ""),
    "negotiate": ("coffee.jpg", ""),
    "lossless": ("coffee.jpg", ""),
    "ch": ("coffee.jpg", ""),
    **dict.fromkeys(("palette", "colors", "prefix", "faces"), ("astronaut.jpg", "")),
    **dict.fromkeys(("frame", "animated", "interval", "skip", "reverse"), ("film.webp", "&format=webp&lossless=1")),
}
"""Which picture an example is asked of, and what comes with it, where that is not what the documentation shows."""


@pytest.fixture(scope="module")
def shown(module_serve, tmp_path_factory, face_models):
    folder = tmp_path_factory.mktemp("examples")
    SCRIPT["write_sources"](folder)
    painting.write_located(folder / "located.jpg")
    painting.write_p3(folder / "p3.jpg")
    return module_serve(settings=SETTINGS.format(folder))


@pytest.mark.parametrize("name", list(PIXEL_TESTS))
def test_the_example_of_a_parameter_changes_what_it_is_for(shown, name):
    row = native.TABLE.find(name)
    usual = "" if "format=" in row.example else SCRIPT["_LOSSY"].get(name, "&format=png")
    source, more = _ASKED_OF.get(name, (SCRIPT["scene_of"](row).source, usual))
    accept = "image/webp" if name in {"format", "negotiate"} else ""
    accept = "" if name == "format" else accept
    one, other = (
        shown.get(f"/img/{source}?{query}{more}".replace("?&", "?"), accept=accept)
        for query in (SCRIPT["without"](row), row.example)
    )
    assert one.status_code == other.status_code == 200, (one.text[:300], other.text[:300])
    assert PIXEL_TESTS[name](one, other)


def test_every_parameter_has_a_test_of_its_example():
    names = [row.name for row in native.TABLE]
    assert sorted(names) == sorted([*PIXEL_TESTS, *ELSEWHERE])
    for name, path in ELSEWHERE.items():
        assert re.search(rf"\b{name}=", (REPOSITORY / path).read_text(encoding="utf-8")), name


def test_every_parameter_has_a_picture_of_its_present_example_or_a_reason_why_none_can_show_it():
    """`python docs/make_parameters.py`, then `python -m cogapp -r docs/parameters.md`, makes it so."""
    made = json.loads((REPOSITORY / "docs" / "parameters" / "manifest.json").read_text(encoding="utf-8"))
    assert made == SCRIPT["manifest"]()
    assert {entry["recipe"] for entry in made.values()} == {RECIPE}
    assert set(SCRIPT["UNSEEN"]) <= {row.name for row in native.TABLE}
    assert all(SCRIPT["UNSEEN"].values())


def test_the_pictures_of_the_parameters_are_those_of_the_page_and_small():
    page = (REPOSITORY / "docs" / "parameters.md").read_text(encoding="utf-8")
    wanted = sorted(f"{name}.webp" for name in SCRIPT["manifest"]())
    kept = {path.name: path.stat().st_size for path in (REPOSITORY / "docs" / "parameters").glob("*.webp")}
    assert sorted(re.findall(r"\]\(parameters/([^)]+)\)", page)) == sorted(kept) == wanted
    assert max(kept.values()) <= SCRIPT["LARGEST"]
    assert sum(kept.values()) < 2_000_000
