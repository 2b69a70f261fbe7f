from fractions import Fraction
from urllib.parse import quote

import pytest

from imgcdn import errors
from imgcdn.dialects import native
from imgcdn.dialects.native import TABLE
from imgcdn.model.geometry import Point
from imgcdn.model.spec import Anchor, Colour, FacePreset, Fit, Hint, Rect, Strip

HUGE = "9" * 10_000
EVERYWHERE = ["\0", "1\0", "\x01", "a\nb", "\x7f", "\x85", "1;2", "x" * 10_000, HUGE, "٣", "¾", "１", "\ud7ff", "😀"]
"""Values that no parameter takes but those of free text."""
FREE = {"dl", "text", "watermark", "blend"}

LENGTHS = [
    "",
    "0",
    "-1",
    "8193",
    "1000000000",
    "1e3",
    "0x10",
    "1_000",
    "400px",
    "12.5",
    "0.0",
    "-0.5",
    "nan",
    "inf",
    "٤٠٠",
]
NINE = "north,south,east,west,face,smart,auto,entropy,center"
NUMBERS = ["", "nan", "inf", "1e1", "1,5", "--1", "one", "1_0", "٤", "."]
BOOLEANS = ["2", "-1", "maybe", "tru", "onn", "null"]
BAD: dict[str, list[str]] = {
    "w": LENGTHS,
    "h": LENGTHS,
    "ar": [
        "",
        "0",
        "16:0",
        "0:9",
        "-16:9",
        "-16:-9",
        "16:9:1",
        "16/9:1",
        ":",
        "a:b",
        "101",
        "1:101",
        "nan",
        "1e1",
        "٤:٣",
    ],
    "dpr": [*NUMBERS, "0", "0.09", "5.1", "-1", "0.0000000000001"],
    "fit": ["", "covr", "cover,contain", "clip", "0"],
    "enlarge": BOOLEANS,
    "gravity": ["", ",", "nrth", "face,", "face,nrth", "obj:", "obj:dog+", "obj:<b>", "north-east", "obj:dög", NINE],
    "fp": [
        "",
        "0.5",
        "2,2",
        "-0.1,0.5",
        "0.5,1.1",
        "0.5,0.5,0.5",
        "50,50",
        "101%,0%",
        "nan,nan",
        "0.5;0.5",
        "٠.٤,0",
        "%,%",
    ],
    "fpz": [*NUMBERS, "0.9", "101"],
    "crop": ["", "entropy", "smart,smart", "faces"],
    "rect": [
        "",
        "0,0,10",
        "0,0,10,10,10",
        "0,0,0,10",
        "0,0,10,0.0",
        "-1,0,10,10",
        "0,0,1.5,1",
        "a,b,c,d",
        "0,0,1000001,1",
        "٠,٠,١,١",
    ],
    "face_index": [*NUMBERS, "0", "-1", "1.5", "1001"],
    "face_pad": [*NUMBERS, "-0.1", "10.1"],
    "face_preset": ["", "close-up", "head", "HALF BODY"],
    "face_min": [*NUMBERS, "-0.1", "1.1", "50%"],
    "face_else": ["", "covr", "crop", "0"],
    "negotiate": BOOLEANS,
    "faces": BOOLEANS,
    **{f"{bound}_{side}": ["", "0", "-1", "8193", "0.5", "nan"] for bound in ("min", "max") for side in "wh"},
    "rotate": [*NUMBERS, "361", "-360.1", "90deg"],
    "straighten": BOOLEANS,
    "flip": BOOLEANS,
    "flop": BOOLEANS,
    "orient": [*NUMBERS, "-1", "9", "1.0"],
    "bg": ["", "#", "12", "12345", "1234567", "123456789", "ggg", "rgb(1,2,3)", "tomatoe", "٣٣٣", "##fff"],
    "watermark": ["", "/", "//", "a\u200b.png", "a" * 1025],
    "markW": LENGTHS,
    "markH": LENGTHS,
    "markScale": [*NUMBERS, "-1", "100.1", "18%"],
    "markFit": ["", "cover", "clip,max", "1"],
    "markPosition": ["", "southeastern", "top,bottom", "left,right", "top,left,middle", "1"],
    "markPad": [*NUMBERS, "-1", "1001", "1.5"],
    "markX": [*NUMBERS, "-1", "8193", "0.5"],
    "markY": [*NUMBERS, "-1", "8193", "0.5"],
    "markRot": [*NUMBERS, "-1", "359.5", "360"],
    "markTile": ["", "1", "grids"],
    "markOpacity": [*NUMBERS, "0", "0.04", "1.01", "78"],
    "blend": ["", "/", "a" * 1025],
    "blendMode": ["", "over", "normal,multiply", "1"],
    "blendAlpha": [*NUMBERS, "-1", "100.1"],
    "blendSize": ["", "cover", "1"],
    "blendW": LENGTHS,
    "blendH": LENGTHS,
    "blendFit": ["", "cover", "1"],
    "blendCrop": ["", "top,bottom", "faces", "1"],
    "blendPosition": ["", "top,bottom", "1"],
    "blendPad": [*NUMBERS, "-1", "1001"],
    "blendX": [*NUMBERS, "-1", "8193"],
    "blendY": [*NUMBERS, "-1", "8193"],
    "text": ["a" * 501, "bell\a", "null\0", "\x85"],
    "textSize": [*NUMBERS, "0", "0.5", "1000.1", "12px"],
    "textFont": ["", "-sans", "a, 40", "a\n", "serif;", "a" * 65],
    "textWeight": [*NUMBERS, "99", "901", "bold"],
    "textItalic": BOOLEANS,
    "textColor": ["", "12", "ggg", "tomatoe"],
    "textAlign": ["", "justify", "top,bottom", "1"],
    "textFit": ["", "min", "1"],
    "textPad": [*NUMBERS, "-1", "1001"],
    "textWidth": LENGTHS,
    "textX": [*NUMBERS, "-1", "8193"],
    "textY": [*NUMBERS, "-1", "8193"],
    "textLead": [*NUMBERS, "0.49", "4.1"],
    "textShadow": [*NUMBERS, "-1", "10.1"],
    "textLine": [*NUMBERS, "-1", "51", "0.5"],
    "textLineColor": ["", "12", "ggg", "tomatoe"],
    "trim": ["2", "maybe", "colr", "alpha,color"],
    "trim_tol": [*NUMBERS, "-1", "256", "1.5"],
    "trim_pad": [*NUMBERS, "-1", "1001"],
    "trim_color": ["", "12", "ggg", "tomatoe"],
    "trim_md": [*NUMBERS, "-1", "255.1"],
    "trim_sd": [*NUMBERS, "-1", "256"],
    "face_blur": [*NUMBERS, "-1", "100.1", "50%"],
    "face_pixel": [*NUMBERS, "-1", "101"],
    "fill": ["", "blurred", "solid,blur", "1"],
    "extend": ["", "mirror", "1"],
    "pad": [*NUMBERS, "-1", "1001", "1.5", "10px"],
    "pad_left": [*NUMBERS, "-1", "1001"],
    "pad_top": [*NUMBERS, "-1", "1001"],
    "pad_right": [*NUMBERS, "-1", "1001"],
    "pad_bottom": [*NUMBERS, "-1", "1001"],
    "border": [*NUMBERS, "-1", "401", "5,ff0000"],
    **{f"border_{side}": [*NUMBERS, "-1", "401", "5,ff0000"] for side in ("left", "top", "right", "bottom")},
    "borderColor": ["", "12", "ggg", "tomatoe"],
    "radius": ["", "-1", "8193", "1.5", "50%", "1,2", "1,2,3", "1,2,3,4,5", "max,0,0,0", "1,,2,3", "٣", "1e2"],
    "radius_inner": ["", "-1", "8193", "1.5", "50%", "1,2", "1,2,3,4,5", "max,0,0,0"],
    "mask": ["", "circle", "ellipse,corners", "1"],
    "mask_bg": ["", "12", "ggg", "tomatoe"],
    "transparency": ["", "checker", "1"],
    "grid_size": [*NUMBERS, "0", "-1", "1001"],
    "grid_colors": ["", ",", "000080", "000080,fa8072,fff", "00008080,fa8072", "transparent,fff", "a,b"],
    "bri": [*NUMBERS, "-1", "200.1", "120%"],
    "con": [*NUMBERS, "-1", "200.1"],
    "sat": [*NUMBERS, "-0.1", "201"],
    "hue": [*NUMBERS, "-1", "360.5", "90deg"],
    "gam": [*NUMBERS, "0", "0.09", "10.1"],
    "exposure": [*NUMBERS, "-100.1", "101"],
    "vib": [*NUMBERS, "-101", "101"],
    "high": [*NUMBERS, "-101", "101"],
    "shad": [*NUMBERS, "-101", "101"],
    "invert": BOOLEANS,
    "nr": [*NUMBERS, "-101", "101"],
    "nrs": [*NUMBERS, "-101", "101"],
    "sharp": [*NUMBERS, "-1", "101"],
    "usm": [*NUMBERS, "-101", "101"],
    "usmrad": [*NUMBERS, "-1", "501", "5px"],
    "sepia": [*NUMBERS, "-1", "101"],
    "monochrome": ["", "12", "ggg", "tomatoe", "000080,fa8072"],
    "duotone": ["", ",", "000080", "000080,", "000080,fa8072,fff", "00008080,fa8072", "transparent,fff", "a,b"],
    "duotone_alpha": [*NUMBERS, "-1", "101"],
    "blur": [*NUMBERS, "-1", "2000.1", "10px"],
    "px": [*NUMBERS, "-1", "101"],
    "htn": [*NUMBERS, "-1", "101"],
    "format": ["", "bmp", "webp,avif", "image/webp"],
    "q": [*NUMBERS, "0", "101", "-5", "80.5", "auto:", "auto:low", "best"],
    "max_bytes": [*NUMBERS, "0", "-1", "1000000001", "20k"],
    "chroma": ["", "422", "411", "4:4:4", "full"],
    "colorquant": [*NUMBERS, "0", "1", "257", "16.5"],
    "dither": [*NUMBERS, "-1", "100.1"],
    "dpi": [*NUMBERS, "0", "65536", "72.5"],
    "palette": ["", "1", "yaml", "json,css"],
    "colors": ["", "-1", "17", "1.5", "six"],
    "prefix": ["", "1a", "-a", "a b", "a.b", "ä", "a" * 65],
    "cs": ["", "p4", "adobergb1998", "srgb,p3"],
    "frame": ["", "0", "-", "-0", "0-3", "5-3", "1.5", "2--3", "a", "1-2-3", "100001", "٣"],
    "animated": BOOLEANS,
    "loop": ["", "-1", "1001", "1.5", "ever"],
    "fps": [*NUMBERS, "0", "0.09", "60.1"],
    "interval": ["", "0", "-1", "1.5", "100001"],
    "skip": ["", "0", "1", "-2", "1.5", "100001"],
    "reverse": BOOLEANS,
    "page": ["", "0", "-1", "1.5", "100001"],
    "strip": ["", "exif", "al"],
    "lossless": BOOLEANS,
    "jpgProgressive": BOOLEANS,
    "preset": ["", "Avatar", "a b", "a/b", "a" * 33, "ä"],
    "dl": ["a/b.jpg", "..\\b.jpg", "a\r\nb", "x" * 201],
    "explain": ["2", "why", "ja"],
    "debug": ["", "1", "true", "crops", "crop,heat"],
    "v": ["", "a b", "a" * 65, "a/b", "ä"],
    "ch": ["", ",", "Width,", "Width;Dpr", "Wdth", "Viewport-Width", "1", "Width Dpr"],
    "exp": [*NUMBERS, "-1", "1.5", "253402300800", "2026-03-02", "tomorrow"],
    "kid": ["", "a b", "a" * 33, "a/b", "ä"],
    "sig": ["", "a" * 42, "a" * 44, "a" * 43 + "=", "a" * 42 + "+", "a" * 42 + "/", "ä" * 43],
}


def read(name: str, text: str):
    row = TABLE.find(name)
    return row.fixed.get(text, row.read(text))


def refusal(name: str, text: str) -> errors.InvalidParameterError:
    with pytest.raises(errors.InvalidParameterError) as caught:
        native.parse("img", "a.jpg", f"{name}={quote(text, safe='')}", {"avatar": "w=1"})
    return caught.value


def test_bad_values_are_listed_for_every_parameter():
    assert set(BAD) == {row.name for row in TABLE}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in BAD.items() for text in texts])
def test_a_bad_value_is_refused_with_its_parameter_its_value_and_what_was_expected(name, text):
    error = refusal(name, text)
    assert error.param == name
    assert error.status == 400
    assert error.detail.startswith(f"{name}={native.shown(text)} cannot be used")
    assert error.detail.endswith(f": expected {TABLE.find(name).reader.expects}")


@pytest.mark.parametrize("row", [row for row in TABLE if row.name not in FREE], ids=lambda row: row.name)
@pytest.mark.parametrize("text", EVERYWHERE, ids=lambda text: ascii(text[:8]))
def test_control_characters_other_digits_and_endless_values_are_refused_everywhere_in_few_printable_words(row, text):
    error = refusal(row.name, text)
    assert error.detail.isprintable()
    assert len(error.detail) < 500


@pytest.mark.parametrize("name", sorted(FREE))
@pytest.mark.parametrize("text", ["\0", "1\0", "\x01", "\x7f", "\x85", "x" * 10_000])
def test_free_text_takes_no_control_characters_and_has_an_end(name, text):
    assert refusal(name, text).detail.isprintable()


@pytest.mark.parametrize("text", ["\0", "a\nb", "\x7f", "\x85", "x" * 10_000])
def test_a_file_name_takes_no_control_characters_and_is_short(text):
    assert refusal("dl", text).detail.isprintable()


@pytest.mark.parametrize("row", TABLE.rows, ids=lambda row: row.name)
def test_the_example_of_every_row_uses_it_and_is_understood(row):
    presets = {"avatar": "w=96&h=96"}
    ask = native.parse("img", "a.jpg", row.example, presets)
    assert f"{row.name}=" in row.example
    without = "&".join(pair for pair in row.example.split("&") if not pair.startswith(f"{row.name}="))
    assert ask != native.parse("img", "a.jpg", without, presets)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("w", "1", 1),
        ("w", "8192", 8192),
        ("w", "0.000000000001", 1e-12),
        ("w", "0.999999999999", 0.999999999999),
        ("h", ".5", 0.5),
        ("ar", "16:9", Fraction(16, 9)),
        ("ar", "3/2", Fraction(3, 2)),
        ("ar", "1.5", Fraction(3, 2)),
        ("ar", "1:100", Fraction(1, 100)),
        ("ar", "2.39:1", Fraction(239, 100)),
        ("dpr", "0.1", 0.1),
        ("dpr", "5", 5.0),
        ("fit", "Cover-Down", Fit.COVER_DOWN),
        ("gravity", "face,smart", ("face", "smart")),
        ("gravity", "obj:Hot_Dog", ("obj:hot_dog",)),
        ("gravity", "obj:dog+cat,north", ("obj:dog+cat", "north")),
        ("fp", "0,1", Point(0.0, 1.0)),
        ("fp", "30%, 40%", Point(0.3, 0.4)),
        ("fp", "100%,0%", Point(1.0, 0.0)),
        ("rect", "0,212,3200,1800", Rect(0, 212, 3200, 1800)),
        ("rect", "0.1,0,1.0,1", Rect(0.1, 0, 1.0, 1)),
        ("rect", "0.0,0.5,1.00,.5", Rect(0, 0.5, 1.0, 0.5)),
        ("rect", "left,top,10,20", Rect(0, 0, 10, 20)),
        ("rect", "Center,MIDDLE,0.5,20", Rect(Anchor.MIDDLE, Anchor.MIDDLE, 0.5, 20)),
        ("rect", "right,bottom,10,1.0", Rect(Anchor.END, Anchor.END, 10, 1.0)),
        ("face_preset", "head-shoulders", FacePreset.HEAD_SHOULDERS),
        ("rotate", "-360", -360.0),
        ("orient", "0", 0),
        ("bg", "#0f8c", Colour(0, 255, 136, 204)),
        ("bg", "Tomato", Colour(255, 99, 71)),
        ("bg", "rebeccapurple", Colour(102, 51, 153)),
        ("bg", "transparent", Colour(0, 0, 0, 0)),
        ("strip", "NONE", Strip.NONE),
        ("dl", "", ""),
        ("dl", "Grüße aus Köln.jpg", "Grüße aus Köln.jpg"),
        ("v", "2026-03-02~a_1", "2026-03-02~a_1"),
        ("ch", "save-data, WIDTH,dpr,Width", (Hint.WIDTH, Hint.DPR, Hint.SAVE_DATA)),
        ("exp", "0", 0),
        ("exp", "253402300799", 253402300799),
        ("kid", "Main-2026.a_1", "Main-2026.a_1"),
        ("sig", "-_" * 21 + "A", "-_" * 21 + "A"),
    ],
)
def test_a_value_is_read_as_what_it_says(name, text, value):
    found = read(name, text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("text", ["1", "true", "Yes", "ON", ""])
def test_true_has_five_spellings_the_bare_name_among_them(text):
    assert read("flip", text) is True


@pytest.mark.parametrize("text", ["0", "false", "No", "OFF"])
def test_false_has_four_spellings(text):
    assert read("flip", text) is False


@pytest.mark.parametrize(
    ("name", "text", "nearest"),
    [
        ("gravity", "nrth", "north"),
        ("gravity", "face,nrth", "north"),
        ("gravity", "facse", "face"),
        ("fit", "covr", "cover"),
        ("fit", "CONTIAN", "contain"),
        ("format", "jpge", "jpg"),
        ("face_preset", "close-up", "closeup"),
        ("strip", "nome", "none"),
        ("ch", "Width,Savedata", "Save-Data"),
        ("bg", "tomatoe", "tomato"),
    ],
)
def test_a_misspelt_word_is_answered_with_the_nearest_one(name, text, nearest):
    assert f"; the nearest known value is {nearest}:" in refusal(name, text).detail


@pytest.mark.parametrize(("name", "text"), [("gravity", "zzzzz"), ("fit", "1"), ("w", "nrth"), ("bg", "12345")])
def test_a_value_like_no_other_is_answered_without_a_guess(name, text):
    assert "nearest" not in refusal(name, text).detail
