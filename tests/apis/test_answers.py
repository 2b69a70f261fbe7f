"""Records of the native API: every key of the contract, in pixels of the upright source with a 0-1 copy."""

from dataclasses import replace
from fractions import Fraction

import pytest

from imgcdn.apis import answers
from imgcdn.model.analysis import Analysis, Cropping, Suggestion
from imgcdn.model.geometry import Box, Point, Region, Size
from imgcdn.model.palette import Palette, Swatch

FACE = Region(0.25, 0.1, 0.125, 0.2, 0.97531, (Point(0.28, 0.15), Point(0.34, 0.15)))
PALETTE = Palette(vibrant=Swatch(200, 69, 46, 1840), dark_muted=Swatch(20, 30, 40, 5000))
FOUND = Analysis(
    "ab" * 32,
    Size(800, 600),
    Suggestion(Point(0.61349, 0.28771), 0.91239, "face", Region(0.2, 0.0, 0.75, 1.0, 0.5), (FACE,), is_final=True),
    PALETTE,
    {"auto": "1", "face": "2"},
    1_772_446_212.9,
    is_cached=False,
)


def test_a_record_has_every_key_of_the_contract():
    record = answers.analysis_record(FOUND)
    assert {name: record[name] for name in ("version", "width", "height", "cached")} == {
        "version": 1,
        "width": 800,
        "height": 600,
        "cached": False,
    }
    assert record["digest"] == "sha256:" + "ab" * 32
    assert record["focal"]["suggested"] == {"x": 0.6135, "y": 0.2877, "confidence": 0.912, "source": "face"}
    assert record["focal"]["crop"] == {
        "left": 160,
        "top": 0,
        "width": 600,
        "height": 600,
        "normalized": {"left": 0.2, "top": 0.0, "width": 0.75, "height": 1.0},
    }
    assert record["engine"] == {"auto": "1", "face": "2"}
    assert record["analyzedAt"] == "2026-03-02T10:10:12Z"


def test_a_face_is_told_in_pixels_and_in_shares_with_its_landmarks():
    (face,) = answers.analysis_record(FOUND)["faces"]
    assert {name: face[name] for name in ("x", "y", "width", "height", "confidence")} == {
        "x": 200,
        "y": 60,
        "width": 100,
        "height": 120,
        "confidence": 0.975,
    }
    assert face["normalized"] == {"x": 0.25, "y": 0.1, "width": 0.125, "height": 0.2}
    assert face["landmarks"] == [{"x": 224, "y": 90}, {"x": 272, "y": 90}]


def test_the_tiniest_face_is_a_pixel_wide():
    assert answers.face(Region(0.5, 0.5, 0.0001, 0.0001, 0.5), Size(10, 10))["width"] == 1


def test_without_faces_there_is_an_empty_list_and_without_a_look_no_time():
    nothing = replace(FOUND, suggestion=replace(FOUND.suggestion, faces=()), palette=None, made_at=None)
    record = answers.analysis_record(nothing)
    assert record["faces"] == []
    assert record["palette"] is None
    assert record["analyzedAt"] is None


def test_a_palette_has_six_swatches_and_names_the_one_with_most_pixels():
    told = answers.palette(PALETTE)
    assert list(told) == ["dominant", "vibrant", "darkVibrant", "lightVibrant", "muted", "darkMuted", "lightMuted"]
    assert told["dominant"] == {"name": "darkMuted", "hex": "#141e28"}
    assert told["vibrant"] == {
        "hex": "#c8452e",
        "rgb": [200, 69, 46],
        "population": 1840,
        "titleTextColor": "#ffffff",
        "bodyTextOnColor": PALETTE.vibrant.body_text,
    }
    assert told["lightVibrant"] is told["muted"] is None


def test_a_palette_without_a_swatch_has_no_dominant():
    assert set(answers.palette(Palette()).values()) == {None}


@pytest.mark.parametrize("size", [Size(1, 1), Size(1, 5000), Size(5000, 1), Size(3, 2)])
def test_the_suggested_square_lies_in_the_smallest_and_the_thinnest_picture(size):
    record = answers.analysis_record(replace(FOUND, size=size))
    crop = record["focal"]["crop"]
    assert 1 <= crop["width"] == crop["height"] <= min(size.width, size.height)
    assert crop["left"] >= 0
    assert crop["top"] >= 0
    assert crop["left"] + crop["width"] <= size.width
    assert crop["top"] + crop["height"] <= size.height


def test_a_crop_names_its_window_by_sides_and_by_corners_clockwise():
    told = answers.cropping(Cropping(Fraction(16, 9), Box(0, 212, 3200, 1800), 0.7412, "auto"), "16:9", "auto", "/u")
    assert told == {
        "aspect_ratio": "16:9",
        "asked": "auto",
        "confidence": 0.741,
        "engine": "auto",
        "boundary": {
            "left": 0,
            "top": 212,
            "width": 3200,
            "height": 1800,
            "polygon": [{"x": 0, "y": 212}, {"x": 3200, "y": 212}, {"x": 3200, "y": 2012}, {"x": 0, "y": 2012}],
        },
        "url": "/u",
    }
