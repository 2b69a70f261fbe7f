"""What the settings of a smart crop mean, and what its results are called."""

import io
import zipfile

import pytest

from imgcdn.apis.jobs.settings import JobSettings
from imgcdn.apis.snapotter import archive, specs
from imgcdn.apis.snapotter.models import Settings
from imgcdn.model.analysis import Focus
from imgcdn.model.geometry import Box, Point, Region, Size
from imgcdn.model.media import Format, SourceInfo
from imgcdn.model.seen import Seen
from imgcdn.model.spec import FacePreset, Fit, Rect
from imgcdn.model.trimming import Trim, Trimming
from imgcdn.pipeline.deciding import Decision
from imgcdn.planning import planner
from imgcdn.planning.settings import Encoding, Limits

INFO = SourceInfo("jpegload", Size(1600, 900), 1, 1, False, False, 8, False, False)
FACE = Region(0.4, 0.2, 0.1, 0.2, 0.9)


def decided(spec, focus=None, trimmed=None, info=INFO):
    seen = Seen(trimmed=trimmed)
    return Decision(info, seen, focus, planner.plan(spec, info, focus, spec.format, Limits(), Encoding(), seen=seen))


def test_a_subject_is_covered_by_the_gravity_of_its_strategy():
    spec = specs.asked(Settings(strategy="entropy", width=400, quality=70), INFO)
    assert (spec.width, spec.height, spec.fit, spec.gravity) == (400, 1080, Fit.COVER, ("entropy",))
    assert (spec.format, spec.quality) == (Format.JPEG, 70)


@pytest.mark.parametrize(("sensitivity", "floor"), [(0.0, 1.0), (0.5, 0.5), (0.8, 0.2), (0.95, 0.1), (1.0, 0.1)])
def test_sensitivity_lowers_the_floor_of_confidence_to_a_tenth_at_most(sensitivity, floor):
    spec = specs.asked(Settings(mode="face", sensitivity=sensitivity, padding=25, facePreset="closeup"), INFO)
    assert spec.face_min == pytest.approx(floor)
    assert (spec.gravity, spec.face_preset) == (("faces", "attention"), FacePreset.CLOSEUP)
    assert spec.face_pad == pytest.approx(1.25)


def test_padding_widens_the_window_as_far_as_the_picture_goes():
    settings = Settings(width=300, height=300, padding=20)
    spec = specs.asked(settings, INFO)
    found = decided(spec, Focus(Point(0.9, 0.5), "attention"))
    assert found.plan.window == Box(700, 0, 900, 900)
    wider = specs.refined(settings, spec, found)
    assert (wider.rect, wider.fit) == (Rect(520, 0, 1080, 900), Fit.CONTAIN)
    assert decided(wider).plan.size == Size(300, 300)


def test_padding_of_faces_is_in_their_frame_already():
    settings = Settings(mode="face", padding=20)
    spec = specs.asked(settings, INFO)
    assert specs.refined(settings, spec, decided(spec, Focus(FACE.centre, "faces", 0.9, (FACE,)))) is None
    assert specs.refined(settings, spec, decided(spec, Focus(Point(0.5, 0.5), "attention"))) is not None


def test_nothing_is_refined_where_the_whole_picture_is_seen():
    settings = Settings(width=1600, height=900, padding=50)
    spec = specs.asked(settings, INFO)
    assert specs.refined(settings, spec, decided(spec)) is None


def test_trim_takes_the_threshold_and_squares_what_is_left():
    settings = Settings(mode="content", threshold=7, padToSquare=True, padColor="#102030")
    spec = specs.asked(settings, INFO)
    assert (settings.mode, spec.trim) == ("trim", Trimming(Trim.COLOR, 7))
    square = specs.refined(settings, spec, decided(spec, trimmed=Box(10, 20, 300, 700)))
    assert (square.width, square.height, square.fit) == (700, 700, Fit.CONTAIN)
    assert (square.background.red, square.background.green, square.background.blue) == (16, 32, 48)
    fixed = Settings(mode="trim", targetSize=500)
    spec = specs.asked(fixed, INFO)
    assert (spec.width, spec.height) == (500, 500)
    assert specs.refined(fixed, spec, decided(spec)) is None


@pytest.mark.parametrize(
    ("loader", "form"),
    [
        ("jpegload", "jpeg"),
        ("pngload", "png"),
        ("webpload", "webp"),
        ("gifload", "gif"),
        ("heifload", "avif"),
        ("tiffload", "png"),
        ("svgload", "png"),
    ],
)
def test_the_format_is_that_of_the_source_or_one_that_loses_nothing(loader, form):
    info = SourceInfo(loader, Size(10, 10), 1, 1, False, False, 8, False, False)
    assert specs.asked(Settings(), info).format == form


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("photo.jpg", "photo_smartcrop.png"),
        ("a.b.jpeg", "a.b_smartcrop.png"),
        ("noending", "noending_smartcrop.png"),
        ("../../etc/passwd.png", "passwd_smartcrop.png"),
        ("C:\\x\\y.png", "y_smartcrop.png"),
        ('a"b\r\n:c?.png', "a_b___c__smartcrop.png"),
        ("", "image_smartcrop.png"),
        ("...", "image_smartcrop.png"),
        ("東京.jpg", "東京_smartcrop.png"),
        ("x" * 500 + ".png", "x" * 100 + "_smartcrop.png"),
    ],
)
def test_results_are_named_after_what_was_sent_and_no_name_leaves_its_folder(name, expected):
    assert specs.result_name(name, Format.PNG) == expected


def test_names_that_come_twice_get_numbers():
    names = ["a.jpg", "A.jpg", "a.jpg", "a_2.jpg", "b", "b"]
    assert archive.unique(names) == ["a.jpg", "A_2.jpg", "a_3.jpg", "a_2_2.jpg", "b", "b_2"]


def test_an_archive_is_made_in_small_pieces_and_holds_what_was_put_in(tmp_path):
    first, second = tmp_path / "1", tmp_path / "2"
    first.write_bytes(bytes(range(256)) * 10_000)
    second.write_bytes(b"")
    pieces = list(archive.zipped([("one.jpg", str(first), 1_700_000_000.0), ("zwei ä.jpg", str(second), 0.0)]))
    assert max(map(len, pieces)) < 400_000
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as found:
        assert found.testzip() is None
        assert found.namelist() == ["one.jpg", "zwei ä.jpg"]
        assert found.read("one.jpg") == first.read_bytes()
        assert found.infolist()[0].date_time == (2023, 11, 14, 22, 13, 20)


@pytest.mark.parametrize(
    "names", [[], ["a.jpg"], ["", "東京_smartcrop.png", "x" * 100 + ".webp"], [f"{n}.png" for n in range(300)]]
)
def test_the_length_of_an_archive_is_known_before_it_is_made(tmp_path, names):
    files = [(name, tmp_path / str(number)) for number, name in enumerate(names)]
    for number, (_, path) in enumerate(files):
        path.write_bytes(b"x" * (number * 37 % 5000))
    made = b"".join(archive.zipped([(name, str(path), 1_700_000_000.0) for name, path in files]))
    assert archive.length([(name, path.stat().st_size) for name, path in files]) == len(made)


def test_a_huge_archive_is_not_told_its_length():
    assert archive.length([("a.png", 2**30)]) is None


def test_the_heart_beats_every_20_seconds_unless_the_settings_say_otherwise():
    assert JobSettings().heartbeat_s == 20
