"""Answers about pictures: the facts of a source, and the colours of what was rendered."""

import json

import pytest
import pyvips
from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

from imgcdn.dialects import native
from imgcdn.engine import probe, vips
from imgcdn.model.geometry import Point, Region
from imgcdn.model.seen import Seen
from imgcdn.planning import planner
from imgcdn.planning.settings import Encoding, Limits
from imgcdn.tasks import telling


@pytest.fixture(scope="module", autouse=True)
def _vips():
    vips.start()


def told(path, query):
    spec, info = native.parse("t", "x", query).spec, probe.probe(str(path))
    plan = planner.plan(spec, info, None, spec.format, Limits(), Encoding())
    return telling.tell(str(path), info, plan, (), "ab" * 32, path.stat().st_size).decode()


def facts(path, query="format=json"):
    return json.loads(told(path, query))


def test_the_facts_of_a_photo(photos):
    found = facts(photos / "turned-6.jpg", "w=30&format=json")
    assert (found["width"], found["height"], found["orientation"]) == (120, 80, 6)
    assert found["stored"] == {"width": 80, "height": 120}
    assert found["output"] == {"width": 30, "height": 20}
    assert found["media_type"] == "image/jpeg"
    assert found["bytes"] == (photos / "turned-6.jpg").stat().st_size
    assert found["digest"] == "sha256:" + "ab" * 32
    assert (found["frames"], found["pages"], found["has_alpha"], found["bits"]) == (1, 1, False, 8)
    assert found["tiff"]["Orientation"] == 6
    assert found["jfif"] is None or found["jfif"]["version"]


def test_exif_is_a_record_without_a_position(photos):
    text = told(photos / "located.jpg", "format=json")
    found = json.loads(text)
    assert found["tiff"]["Make"] == "Imgcdn Optics"
    assert found["tiff"]["Artist"] == "A. Painter"
    assert found["profile"]
    for secret in ("GPS", "48", "12.5", "34.56"):
        assert secret not in json.dumps([found["exif"], found["tiff"]]), secret


def test_numbers_of_exif_are_numbers(tmp_path):
    exif = Image.Exif()
    exif[ExifTags.Base.Model] = "Mödel\n(two), really"
    exif[ExifTags.IFD.Exif] = {
        ExifTags.Base.ISOSpeedRatings: 400,
        ExifTags.Base.FNumber: IFDRational(28, 10),
        ExifTags.Base.ExposureTime: IFDRational(1, 100),
        ExifTags.Base.DateTimeOriginal: "2026:03:02 10:11:12",
        ExifTags.Base.MakerNote: b"48.20 N 12.34 E",
        ExifTags.Base.UserComment: b"ASCII\x00\x00\x00at 48.20 N",
    }
    Image.new("RGB", (8, 8)).save(tmp_path / "a.jpg", exif=exif, dpi=(300, 300))
    found = facts(tmp_path / "a.jpg")
    assert found["exif"]["ISOSpeedRatings"] == 400
    assert found["exif"]["FNumber"] == pytest.approx(2.8)
    assert found["exif"]["ExposureTime"] == pytest.approx(0.01)
    assert found["exif"]["DateTimeOriginal"] == "2026:03:02 10:11:12"
    assert found["tiff"]["Model"].startswith("M")
    assert "48.20" not in json.dumps(found)
    assert found["density"] == {"x": 300.0, "y": 300.0, "unit": "dpi"}
    assert found["jfif"] == {"version": "1.01", "unit": "inch", "x": 300, "y": 300}


def test_an_animation_tells_its_times_and_loops(photos):
    found = facts(photos / "film.gif")
    assert (found["frames"], found["delays_ms"], found["loop"]) == (4, [100, 200, 300, 400], 0)


@pytest.mark.parametrize(
    ("name", "colours", "bits", "alpha"),
    [
        ("cmyk.jpg", "CMYK", 8, False),
        ("deep.png", "RGB", 16, False),
        ("alpha.png", "RGB", 8, True),
        ("scan.tif", "RGB", 8, False),
        ("modern.avif", "RGB", 8, False),
        ("dot.png", "RGB", 8, False),
    ],
)
def test_colours_bits_and_alpha(photos, name, colours, bits, alpha):
    found = facts(photos / name)
    assert (found["colours"], found["bits"], found["has_alpha"]) == (colours, bits, alpha)


@pytest.mark.parametrize(("name", "profile"), [("p3.jpg", "p3"), ("located.jpg", "srgb"), ("cmyk.jpg", "cmyk")])
def test_profiles_are_told_by_their_own_names(photos, name, profile):
    found = facts(photos / name)["profile"]
    assert found
    assert found.isprintable()
    assert {"p3": "p3", "srgb": "srgb", "cmyk": ""}[profile] in found.lower()


def test_a_palette_lists_the_colours_of_the_finished_picture(photos):
    found = json.loads(told(photos / "turned-1.jpg", "palette=json&colors=4"))
    assert len(found["colors"]) == 4
    shown = {colour["hex"] for colour in found["colors"]}
    assert all(min(_away(hex_, wanted) for hex_ in shown) < 30 for wanted in ("ff0000", "00ff00", "0000ff", "ffffff"))
    first = found["colors"][0]
    assert first["hex"] == "#" + "".join(f"{round(255 * first[name]):02x}" for name in ("red", "green", "blue"))
    assert 0.4 < found["average_luminance"] < 0.6
    assert set(found["dominant_colors"]) <= {
        "vibrant",
        "vibrant_dark",
        "vibrant_light",
        "muted",
        "muted_dark",
        "muted_light",
    }
    cropped = json.loads(told(photos / "turned-1.jpg", "rect=5,5,50,30&palette=json"))
    assert {_away(colour["hex"], "ff0000") < 30 for colour in cropped["colors"]} == {True}


def _away(hex_, wanted):
    one, other = (bytes.fromhex(text.removeprefix("#")) for text in (hex_, wanted))
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("count", [0, 1, 3, 16])
def test_a_palette_has_at_most_as_many_colours_as_asked(photos, count):
    found = json.loads(told(photos / "photo.jpg", f"palette=json&colors={count}"))["colors"]
    assert len(found) <= count
    assert len({colour["hex"] for colour in found}) == len(found)


def test_css_has_a_class_for_text_and_one_for_backgrounds_of_every_colour(photos):
    lines = told(photos / "turned-1.jpg", "palette=css&colors=2&prefix=hero").splitlines()
    assert lines[0].startswith(".hero-fg-1 { color: #")
    assert lines[1].startswith(".hero-bg-1 { background-color: #")
    assert lines[3].startswith(".hero-bg-2 {")
    assert all(line.endswith("; }") for line in lines)
    assert any(line.startswith(".hero-bg-vibrant {") for line in lines)


@pytest.mark.parametrize("name", ["alpha.png", "film.gif", "cmyk.jpg", "deep.png", "dot.png", "photo.jpg", "p3.jpg"])
@pytest.mark.parametrize("query", ["format=json", "palette=json", "palette=css", "palette=json&w=9&h=5"])
def test_every_kind_of_source_can_be_told_of(photos, name, query):
    assert told(photos / name, query)


def test_a_profile_that_lies_about_itself_has_no_name(tmp_path):
    image = pyvips.Image.black(4, 4, bands=3).copy(interpretation="srgb")
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", b"\x00" * 128 + b"\x00\x00\x00\x05desc\xff\xff\xff\xff")
    image.pngsave(str(tmp_path / "a.png"), keep=8)
    assert facts(tmp_path / "a.png")["profile"] in {"unnamed", None}


def test_imgix_json_has_its_own_names_and_the_size_as_the_file_holds_it(photos):
    found = facts(photos / "turned-6.jpg", "w=30&format=imgix-json")
    assert (found["PixelWidth"], found["PixelHeight"], found["Orientation"]) == (80, 120, 6)
    assert found["Output"] == {"PixelWidth": 30, "PixelHeight": 20}
    assert found["Content-Type"] == "image/jpeg"
    assert isinstance(found["Content-Length"], str)
    assert "Faces" not in found


def test_imgix_json_tells_no_position(photos):
    text = told(photos / "located.jpg", "format=imgix-json")
    assert "GPS" not in text


def test_imgix_json_lists_faces_largest_first_in_pixels_where_they_were_looked_for(photos):
    path = photos / "turned-6.jpg"
    spec, info = native.parse("t", "x", "format=imgix-json&faces=1").spec, probe.probe(str(path))
    points = tuple(Point(x, y) for x, y in ((0.1, 0.4), (0.3, 0.45), (0.2, 0.5), (0.22, 0.6), (0.0, 0.5), (0.4, 0.5)))
    faces = (Region(0.5, 0.5, 0.1, 0.1, 0.9), Region(0, 0.25, 0.5, 0.5, 0.9, points))
    plan = planner.plan(spec, info, None, spec.format, Limits(), Encoding(), seen=Seen(faces=faces))
    found = json.loads(telling.tell(str(path), info, plan, (), "ab" * 32, 10))
    assert plan.patches == (), "told, not hidden"
    assert [face["bounds"] for face in found["Faces"]] == [
        {"x": 0, "y": 20, "width": 60, "height": 40},
        {"x": 60, "y": 40, "width": 12, "height": 8},
    ]
    known, unknown = found["Faces"]
    assert known["left_eye"] == {"x": 12, "y": 32}, "the one that is more to the left in the picture"
    assert known["right_eye"] == {"x": 36, "y": 36}
    assert known["mouth"] == {"x": 26, "y": 48}
    assert set(unknown) == {"bounds"}, "a detector without points"
