"""Ultra HDR: the gain map follows every crop, resize and turn, and goes where something would make it false."""

import io

import numpy as np
import pytest
import pyvips
from PIL import Image

from imgcdn.dialects import native
from imgcdn.engine import probe
from imgcdn.engine.render import render as carry_out
from imgcdn.planning import negotiate, planner
from imgcdn.planning.settings import Encoding, Limits


@pytest.fixture(scope="module")
def bright(tmp_path_factory):
    """Write a scene with a lamp, eight times as bright as white, in its upper left; the gain map has half its sides."""
    path = tmp_path_factory.mktemp("hdr") / "bright.jpg"
    light = np.full((200, 320, 3), 0.3, np.float32)
    light[40:80, 60:120] = 8.0
    scene = pyvips.Image.new_from_memory(light.tobytes(), 320, 200, 3, "float").copy(interpretation="scrgb")
    scene.uhdrsave(str(path), Q=95)
    return path


def made(path, query, accept="base"):
    spec, info = native.parse("t", "x", query).spec, probe.probe(str(path))
    plan = planner.plan(spec, info, None, negotiate.choose(spec, accept, info), Limits(), Encoding())
    return carry_out(str(path), info, plan)[0], plan


def gain_of(body):
    """The gain map of a file as an array, and None for a file without."""
    image = pyvips.Image.new_from_buffer(body, "")
    if not image.get_typeof("gainmap-data"):
        return None
    gain = image.get_gainmap()
    return gain.numpy().reshape(gain.height, gain.width, gain.bands).max(axis=2).astype(float)


def lamp(body):
    """Where the gain map is high: left, top, right, bottom as shares of its sides."""
    gain = gain_of(body)
    rows, columns = np.nonzero(gain > (gain.min() + gain.max()) / 2)
    height, width = gain.shape
    return np.array(
        [columns.min() / width, rows.min() / height, (columns.max() + 1) / width, (rows.max() + 1) / height]
    )


def test_the_source_of_these_tests_is_ultra_hdr_and_the_probe_says_so(bright):
    info = probe.probe(str(bright))
    assert (info.loader, info.has_gain_map, info.stored.width) == ("jpegload", True, 320)
    assert np.abs(lamp(bright.read_bytes()) - (60 / 320, 0.2, 120 / 320, 0.4)).max() < 0.03


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", (0.1875, 0.2, 0.375, 0.4)),
        ("w=160", (0.1875, 0.2, 0.375, 0.4)),
        ("w=80", (0.1875, 0.2, 0.375, 0.4)),
        ("rect=40,20,160,100", (0.125, 0.2, 0.5, 0.6)),
        ("rect=40,20,160,100&w=80", (0.125, 0.2, 0.5, 0.6)),
        ("rotate=90", (0.6, 0.1875, 0.8, 0.375)),
        ("flop=1", (0.625, 0.2, 0.8125, 0.4)),
        ("flip=1&w=100", (0.1875, 0.6, 0.375, 0.8)),
        ("orient=3", (0.625, 0.6, 0.8125, 0.8)),
        ("w=320&h=320&fit=contain", (0.1875, 0.3125, 0.375, 0.4375)),
        ("w=160&h=160&fit=contain&rotate=90", (0.5625, 0.1875, 0.6875, 0.375)),
    ],
)
def test_the_gain_map_is_cut_resized_and_turned_along(bright, query, expected):
    body, plan = made(bright, f"{query}&format=uhdr".lstrip("&"))
    image = pyvips.Image.new_from_buffer(body, "")
    assert (image.width, image.height) == (plan.size.width, plan.size.height)
    assert np.abs(lamp(body) - expected).max() < 0.04
    gain = gain_of(body)
    assert abs(gain.shape[1] / plan.size.width - 0.5) < 0.02


def test_what_the_map_means_is_kept(bright):
    before = pyvips.Image.new_from_file(str(bright))
    after = pyvips.Image.new_from_buffer(made(bright, "w=100&format=uhdr")[0], "")
    for name in ("max-content-boost", "min-content-boost", "gamma", "hdr-capacity-max"):
        assert np.allclose(after.get(f"gainmap-{name}"), before.get(f"gainmap-{name}"), rtol=1e-3), name


def test_around_a_letterboxed_picture_nothing_gets_brighter(bright):
    gain = gain_of(made(bright, "w=320&h=320&fit=contain&format=uhdr")[0])
    assert gain[:20].max() <= 4
    assert gain[-20:].max() <= 4


@pytest.mark.parametrize("query", ["format=jpeg", "", "format=png", "format=webp", "format=avif"])
def test_other_formats_have_no_gain_map(bright, query):
    body, _ = made(bright, f"w=100&{query}".rstrip("&"))
    assert b"hdrgm" not in body
    assert b"hdr-gain-map" not in body


@pytest.mark.parametrize("query", ["blur=20", "rotate=30", "bri=120", "pad=10", "sepia=50", "face_min=0.5&radius=20"])
def test_what_changes_or_covers_pixels_gives_a_plain_jpeg(bright, query):
    body, plan = made(bright, f"{query}&format=uhdr")
    assert gain_of(body) is None
    image = Image.open(io.BytesIO(body))
    assert (image.format, image.size) == ("JPEG", (plan.size.width, plan.size.height))


@pytest.mark.parametrize("name", ["photo.jpg", "alpha.png", "film.gif", "cmyk.jpg", "deep.png", "dot.png"])
def test_a_source_without_a_gain_map_gives_a_plain_jpeg(photos, name):
    body, _ = made(photos / name, "w=40&format=uhdr")
    assert Image.open(io.BytesIO(body)).format == "JPEG"
    assert gain_of(body) is None


def test_a_gain_map_survives_sizes_that_do_not_divide(bright):
    for query in ("w=101&h=33&fit=fill", "w=1&h=1&fit=fill", "rect=3,5,7,9", "rect=3,5,77,31&w=53"):
        body, plan = made(bright, f"{query}&format=uhdr")
        image = pyvips.Image.new_from_buffer(body, "")
        assert (image.width, image.height) == (plan.size.width, plan.size.height)
        assert gain_of(body) is not None, query


def test_colours_keep_their_profile_for_the_map_was_made_for_them(tmp_path, bright):
    wide = pyvips.Image.new_from_file(str(bright)).copy()
    wide.set_type(pyvips.GValue.blob_type, "icc-profile-data", bytes(pyvips.Operation.call("profile_load", "p3")))
    (tmp_path / "wide.jpg").write_bytes(wide.uhdrsave_buffer(keep=32 | 8))
    p3 = bytes(pyvips.Operation.call("profile_load", "p3"))
    kept = pyvips.Image.new_from_buffer(made(tmp_path / "wide.jpg", "w=100&format=uhdr")[0], "")
    assert bytes(kept.get("icc-profile-data")) == p3
    converted = pyvips.Image.new_from_buffer(made(tmp_path / "wide.jpg", "w=100&format=uhdr&cs=srgb")[0], "")
    assert bytes(converted.get("icc-profile-data")) != p3
