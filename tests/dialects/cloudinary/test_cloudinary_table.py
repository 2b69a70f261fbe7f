"""Every row of the Cloudinary table: one spelling or more, and what of the native spec it must come to; and any URL."""

from base64 import urlsafe_b64encode
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgcdn import errors
from imgcdn.dialects import native
from imgcdn.dialects.cloudinary import documenting, parsing, table
from imgcdn.dialects.imgix.row import Status
from imgcdn.dialects.native import DEFAULTS
from imgcdn.model.colour import Colour
from imgcdn.model.edges import Mask
from imgcdn.model.geometry import Point, Size
from imgcdn.model.ground import Extend, Fill
from imgcdn.model.media import ColourSpace, Format, SourceInfo
from imgcdn.model.overlays import Blend, BlendMode, LayerFit, Mark, Tile
from imgcdn.model.playing import Span
from imgcdn.model.quality import Auto, Chroma
from imgcdn.model.spec import Fit, Hint, Rect, Strip
from imgcdn.model.trimming import Trim
from imgcdn.planning import planner
from imgcdn.planning.settings import Encoding, Limits

RED, WHITE, BLACK = Colour(255, 0, 0), Colour(255, 255, 255), Colour(0, 0, 0)
PRESETS = {"avatar": "w=96&h=96&gravity=face"}


def parse(transformation: str, *, strict: bool = True):
    path = f"image/upload/{transformation}/v1/a.jpg"
    return parsing.parse("img", path, "", PRESETS, strict=strict, sees={"cat", "dog", "bird", "person"}.__contains__)


def at(ask, path: str):
    where = ask.delivery if path.startswith("delivery.") else ask.spec
    for name in path.removeprefix("delivery.").split("."):
        where = getattr(where, name)
    return where


REMOTE = urlsafe_b64encode(b"https://e.com/a b.png").decode()
CASES: dict[str, list[tuple[str, str, object]]] = {
    "w": [("w_400", "width", 400), ("w_.5", "width", 0.5), ("w_auto", "delivery.hints", (Hint.WIDTH,))],
    "h": [("h_300", "height", 300), ("h_1.0", "height", 1.0)],
    "ar": [("c_fill,w_400,ar_16:9", "height", 225), ("c_fill,ar_1.5", "aspect", Fraction(3, 2))],
    "dpr": [("w_9,dpr_2.0", "dpr", 2.0), ("w_9,dpr_auto", "delivery.hints", (Hint.DPR,))],
    "x": [("c_crop,w_9,h_9,x_5", "rect", Rect(5, 0, 9, 9)), ("l_a,x_-5", "mark.inset_x", -5)],
    "y": [("c_crop,w_9,h_9,y_5,g_south", "cut.y", 5), ("l_text:Arial_9:a,y_5", "caption.inset_y", 5)],
    "z": [("c_thumb,g_face,w_9,h_9,z_0.5", "face_pad", 3.6), ("c_crop,g_face,z_0.5", "face_pad", 2.0)],
    "c_scale": [("c_scale,w_9,h_9", "fit", Fit.FILL), ("w_9", "fit", Fit.INSIDE), ("w_9", "may_enlarge", True)],
    "c_fit": [("c_fit,w_9,h_9", "fit", Fit.INSIDE), ("c_fit,w_9,h_9", "may_enlarge", True)],
    "c_limit": [("c_limit,w_9,h_9", "may_enlarge", False)],
    "c_mfit": [("c_mfit,w_9,h_9", "cut.may_shrink", False), ("c_mfit,w_9,h_9", "may_enlarge", True)],
    "c_fill": [("c_fill,w_9,h_9", "fit", Fit.COVER), ("c_fill,w_9,h_9", "gravity", ("center",))],
    "c_lfill": [("c_lfill,w_9,h_9", "cut.is_clipped", True), ("c_lfill,w_9,h_9", "may_enlarge", False)],
    "c_fill_pad": [("c_fill_pad,w_9,h_9", "gravity", ())],
    "c_auto": [("c_auto,w_9,h_9", "gravity", ())],
    "c_auto_pad": [("c_auto_pad,w_9,h_9,g_auto", "fit", Fit.COVER)],
    "c_crop": [("c_crop,w_9,h_8,g_face", "cut.width", 9), ("c_crop,w_9,h_8,g_face", "width", None)],
    "c_thumb": [("c_thumb,g_faces,w_9,h_9", "gravity", ("faces", "center")), ("c_thumb,w_9,h_9", "face_pad", None)],
    "c_pad": [("c_pad,w_9,h_9,g_west", "cut.position", "west"), ("c_pad,w_9,h_9", "fit", Fit.CONTAIN)],
    "c_lpad": [("c_lpad,w_9,h_9", "fit", Fit.CONTAIN_DOWN)],
    "c_mpad": [("c_mpad,w_9,h_9", "cut.may_shrink", False), ("c_mpad,w_9,h_9", "may_enlarge", False)],
    "a": [
        ("a_90", "rotate", 90.0),
        ("a_-20", "rotate", 340.0),
        ("a_vflip", "flip", True),
        ("a_hflip.90", "rotate", 270.0),
        ("a_hflip.90", "flop", True),
        ("a_ignore", "orientation", 0),
        ("a_exif", "orientation", None),
    ],
    "g_north": [("c_fill,w_9,h_9,g_north", "gravity", ("north",))],
    "g_south": [("c_fill,w_9,h_9,g_south", "gravity", ("south",))],
    "g_east": [("c_fill,w_9,h_9,g_east", "gravity", ("east",))],
    "g_west": [("c_fill,w_9,h_9,g_west", "gravity", ("west",))],
    "g_north_east": [("c_fill,w_9,h_9,g_north_east", "gravity", ("northeast",))],
    "g_north_west": [("c_fill,w_9,h_9,g_north_west", "gravity", ("northwest",))],
    "g_south_east": [("c_fill,w_9,h_9,g_south_east", "gravity", ("southeast",))],
    "g_south_west": [("c_fill,w_9,h_9,g_south_west", "gravity", ("southwest",))],
    "g_center": [("c_crop,w_9,h_9,g_center", "gravity", ("center",))],
    "g_xy_center": [
        ("c_fill,w_9,h_9,g_xy_center,x_5,y_6", "cut.at", (5, 6)),
        ("c_fill,w_9,h_9,g_xy_center,x_0.2,y_0.5", "focal_point", Point(0.2, 0.5)),
    ],
    "g_face": [
        ("c_fill,w_9,h_9,g_face", "gravity", ("face", "center")),
        ("c_fill,w_9,h_9,g_face:auto", "gravity", ("face", "auto")),
    ],
    "g_faces": [("c_fill,w_9,h_9,g_faces:center", "gravity", ("faces", "center"))],
    "g_adv_face": [("c_fill,w_9,h_9,g_adv_face", "gravity", ("face", "center"))],
    "g_adv_faces": [("c_fill,w_9,h_9,g_adv_faces", "gravity", ("faces", "center"))],
    "g_adv_eyes": [("c_fill,w_9,h_9,g_adv_eyes", "gravity", ("face", "center"))],
    "g_body": [("c_fill,w_9,h_9,g_body", "gravity", ("obj:person", "auto"))],
    "g_auto": [
        ("c_fill,w_9,h_9,g_auto", "gravity", ()),
        ("c_fill,w_9,h_9,g_auto:faces", "gravity", ("faces", "auto")),
        ("c_fill,w_9,h_9,g_auto:subject", "gravity", ("subject", "auto")),
        ("c_fill,w_9,h_9,g_auto:classic", "gravity", ("smart", "auto")),
        ("c_fill,w_9,h_9,g_auto:cat_30:dog:bird_avoid", "gravity", ("obj:cat", "obj:dog", "auto")),
    ],
    "g_custom": [("c_fill,w_9,h_9,g_custom:face", "gravity", ())],
    "g_ocr_text": [("c_fill,w_9,h_9,g_ocr_text", "gravity", ())],
    "g": [("c_fill,w_9,h_9,g_cat:auto", "gravity", ("obj:cat", "auto"))],
    "e_grayscale": [("e_grayscale", "adjust.saturation", 0.0)],
    "e_sepia": [("e_sepia:50", "effects.sepia", 50.0), ("e_sepia", "effects.sepia", 80.0)],
    "e_negate": [("e_negate", "adjust.is_inverted", True)],
    "e_brightness": [("e_brightness:-20", "adjust.brightness", 80.0)],
    "e_brightness_hsb": [("e_brightness_hsb:20", "adjust.brightness", 120.0)],
    "e_contrast": [("e_contrast:20", "adjust.contrast", 120.0)],
    "e_saturation": [("e_saturation:-100", "adjust.saturation", 0.0)],
    "e_vibrance": [("e_vibrance:70", "adjust.vibrance", 70.0)],
    "e_gamma": [("e_gamma:50", "adjust.gamma", 1.5), ("e_gamma:-50", "adjust.gamma", 0.5)],
    "e_hue": [("e_hue:100", "adjust.hue", 180.0), ("e_hue:-50", "adjust.hue", 270.0)],
    "e_fill_light": [("e_fill_light:70:20", "adjust.shadows", 30.0)],
    "e_blur": [("e_blur:300", "effects.blur", 300.0), ("e_blur", "effects.blur", 100.0)],
    "e_blur_faces": [("e_blur_faces:1000", "redaction.blur", 50.0)],
    "e_pixelate": [("e_pixelate:8", "effects.pixelate", 8.0)],
    "e_pixelate_faces": [("e_pixelate_faces:100", "redaction.pixel", 75.0)],
    "e_sharpen": [("e_sharpen:100", "effects.sharpness", 20.0)],
    "e_unsharp_mask": [("e_unsharp_mask:2000", "effects.unsharp", 100.0)],
    "e_trim": [
        ("e_trim", "trim.mode", Trim.COLOR_UNLESS_ALPHA),
        ("e_trim:20:red", "trim.colour", RED),
        ("e_trim:20/c_crop,x_1,y_2,w_9,h_9", "cut.x", 1),
    ],
    "e_improve": [("e_improve:outdoor:50", "adjust.vibrance", 15.0)],
    "e_enhance": [("e_enhance", "adjust.vibrance", 15.0)],
    "e_auto_color": [("e_auto_color", "adjust.vibrance", 15.0)],
    "e_auto_brightness": [("e_auto_brightness:80", "adjust.shadows", 10.0)],
    "e_auto_contrast": [("e_auto_contrast", "adjust.contrast", 110.0)],
    "e_loop": [("e_loop", "play.loop", 0), ("e_loop:2", "play.loop", 3)],
    "e_reverse": [("e_reverse", "play.is_reversed", True)],
    "e_colorize": [("e_colorize:40,co_red", "blend.alpha", 40.0), ("e_colorize", "blend.layer", BLACK)],
    "e_multiply": [("l_a,e_multiply", "blend.mode", BlendMode.MULTIPLY)],
    "e_screen": [("l_a/e_screen,fl_layer_apply", "blend.layer", "/img/a")],
    "e_overlay": [("l_a,e_overlay,o_50", "blend.alpha", 50.0)],
    "r": [
        ("r_20", "edges.radius", (20, 20, 20, 20)),
        ("r_max", "edges.mask", Mask.ELLIPSE),
        ("r_max", "edges.radius", (0, 0, 0, 0)),
        ("r_max/r_20", "edges.mask", None),
        ("r_1:2", "edges.radius", (1, 2, 1, 2)),
        ("r_1:2:3", "edges.radius", (1, 2, 3, 2)),
        ("r_1:2:3:4", "edges.radius", (1, 2, 3, 4)),
    ],
    "bo": [("bo_5px_solid_red", "edges.border", 5), ("w_9,bo_5px_solid_rgb:f00", "edges.border_colour", RED)],
    "b": [("b_rgb:ff0000", "background", RED), ("b_white/r_max", "edges.mask_background", WHITE)],
    "b_auto": [("c_pad,w_9,h_9,b_auto:border", "ground.extend", Extend.COPY)],
    "b_blurred": [("c_pad,w_9,h_9,b_blurred:400:15", "ground.fill", Fill.BLUR)],
    "co": [("l_text:Arial_20:a,co_rgb:f00", "caption.colour", RED), ("e_colorize,co_red", "blend.layer", RED)],
    "o": [("o_30", "blend.alpha", 70.0), ("o_30", "blend.layer", WHITE), ("l_a,o_30", "mark.opacity", 0.3)],
    "l": [
        ("l_logos:small", "mark.picture", "/img/logos/small"),
        (f"l_fetch:{REMOTE}", "mark.picture", "https://e.com/a b.png"),
        ("l_a,w_50", "mark.width", 50),
        ("l_a/c_fill,w_50,h_60/fl_layer_apply,g_north", "mark.fit", LayerFit.CROP),
        ("l_a/c_fill,w_50,h_60/fl_layer_apply,g_north", "mark.position", "north"),
        ("l_a", "mark.position", "center"),
        ("l_a,a_10", "mark.rotation", 10.0),
        ("l_a", "mark.opacity", 1.0),
    ],
    "l_text": [
        ("l_text:Arial_40:Hello%20World", "caption.text", "Hello World"),
        ("l_text:Arial_40:a%2Cb%2Fc", "caption.text", "a,b/c"),
        ("l_text:Open Sans_40_bold_italic:a", "caption.weight", 700),
        ("l_text:Open Sans_40_bold_italic:a", "caption.is_italic", True),
        ("l_text:Times New Roman_12.5:a", "caption.font", "serif"),
        ("l_text:Times_12.5:a", "caption.size", 12.5),
        ("l_text:Roboto Mono_12:a", "caption.font", "monospace"),
        ("l_text:Arial_20_line_spacing_24:a", "caption.lead", 2.0),
        ("l_text:Arial_20_stroke:a,bo_3px_solid_red", "caption.outline", 3),
        ("l_text:Arial_20:a,w_200,c_fit", "caption.width", 200),
        ("l_text:Arial_20:a/fl_layer_apply,g_south", "caption.position", "south"),
    ],
    "f_auto": [("f_auto", "is_negotiated", True), ("f_auto", "format", None), ("w_9", "is_negotiated", False)],
    "f": [("f_png", "format", Format.PNG), ("f_jpe", "format", Format.JPEG), ("w_9", "format", Format.JPEG)],
    "q": [("q_70", "quality", 70), ("q_70:420", "coding.chroma", Chroma.HALF), ("q_0", "quality", 1)],
    "q_auto": [
        ("q_auto", "quality", Auto.CONTENT),
        ("q_auto:best", "quality", Auto.BEST),
        ("q_auto:good:444", "quality", Auto.GOOD),
        ("q_auto:low", "quality", Auto.ECO),
    ],
    "q_jpegmini": [("q_jpegmini", "quality", Auto.GOOD)],
    "cs": [("cs_srgb", "colour_space", ColourSpace.SRGB), ("cs_copy", "colour_space", ColourSpace.ORIGIN)],
    "dn": [("dn_150", "coding.dpi", 150)],
    "pg": [("pg_3", "play.page", 3), ("pg_1", "play.frames", Span(1, 1))],
    "dl": [("dl_200", "play.fps", 5.0)],
    "fps": [("fps_12", "play.fps", 12.0)],
    "t": [("t_avatar", "width", 96), ("t_avatar/w_50,h_50,c_fill", "width", 50), ("t_avatar", "gravity", ("face",))],
    "fl_progressive": [("fl_progressive", "progressive", True), ("fl_progressive:none", "progressive", False)],
    "fl_strip_profile": [("fl_strip_profile", "strip", Strip.ALL)],
    "fl_force_strip": [("fl_force_strip", "strip", Strip.ALL)],
    "fl_keep_iptc": [("fl_keep_iptc", "strip", Strip.NONE)],
    "fl_keep_attribution": [("fl_keep_attribution", "strip", Strip.NONE)],
    "fl_png8": [("fl_png8", "coding.colours", 256)],
    "fl_attachment": [
        ("fl_attachment:my cat", "delivery.download", "my cat"),
        ("fl_attachment", "delivery.download", ""),
    ],
    "fl_getinfo": [("fl_getinfo", "format", Format.JSON)],
    "fl_relative": [("l_a,fl_relative,w_0.3", "mark.width", 0.3)],
    "fl_tiled": [("l_a,fl_tiled", "mark.tile", Tile.GRID)],
    "fl_layer_apply": [("l_a/w_9/fl_layer_apply", "mark.width", 9)],
}
IDLE = [row for row in table.ROWS if row.status is not Status.UNSUPPORTED and row.name not in CASES]
REFUSED = [row for row in table.ROWS if row.status is Status.UNSUPPORTED]


@pytest.mark.parametrize(
    ("said", "path", "value"), [case for cases in CASES.values() for case in cases], ids=lambda part: str(part)[:40]
)
def test_a_row_comes_to_its_field(said, path, value):
    assert at(parse(said), path) == value


def test_every_row_is_tried_here():
    assert set(CASES) <= {row.name for row in table.ROWS}
    assert all(not row.sets for row in IDLE), [row.name for row in IDLE]


@pytest.mark.parametrize("row", IDLE, ids=lambda row: row.name)
def test_a_flag_that_needs_nothing_changes_nothing(row):
    assert parse(f"w_40,{row.name}").spec == parse("w_40").spec


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row.name)
def test_what_is_not_supported_is_refused_with_its_reason_or_listed_where_a_mount_is_lenient(row):
    said = f"{row.name}_1" if "_" not in row.name else row.name
    if row.name != "d":
        with pytest.raises(errors.InvalidParameterError) as caught:
            parse(f"w_40,{said}")
        assert said in caught.value.detail
        assert row.note in caught.value.detail
    ask = parse(f"w_40,{said}", strict=False)
    assert ask.delivery.ignored == (said,)
    assert ask.spec == parse("w_40").spec


def test_every_field_that_the_table_names_is_there():
    names = {name for row in table.ROWS for name in row.sets}
    assert {name for name in names if not name.startswith("delivery.")} - {"–"} <= DEFAULTS.keys()


def test_a_word_stands_in_one_row_alone():
    names = [name for row in table.ROWS for name in row.names]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "said",
    [
        "w_0", "w_-5", "w_abc", "w_iw_div_2", "h_ih", "w_$width", "$a_10", "if_w_gt_3", "c_nothing,w_9", "ar_0:1,w_9",
        "c_fit,ar_1:1", "dpr_0,w_9", "dpr_99,w_9", "g_Ä,c_fill,w_9,h_9", "g_auto:!,c_fill,w_9,h_9", "q_101", "q_auto:x",
        "f_nothing", "e_nothing", "e_blur:x", "e_blur:9000", "e_multiply", "r_1:2:3:4:5", "r_x", "bo_5", "bo_5px_dashed_red",
        "bo_5px_solid_nothing", "b_nothing", "co_nothing,e_colorize", "o_101", "a_x", "a_auto_left", "w_9,w_8", "fl_nothing",
        "l_text:Arial:a", "l_text:Arial_20:", "l_text:_20:a", "l_fetch:!!", "l_fetch:YQ==", "l_a,g_face", "l_a,w_0.5",
        "l_a,x_0.5", "l_a,r_max", "l_a,e_sepia", "fl_layer_apply", "pg_0", "pg_x", "dn_0", "cs_cmyk", "x_5,c_fill,w_9,h_9",
        "u_a", "l_video:a", "g_foo,c_fill,w_9,h_9", "g_faec,c_fill,w_9,h_9", "g_north:auto,c_fill,w_9,h_9", "c_crop,w_9,h_9,g_face,x_3", "c_scale:9,w_9", "l_a,fl_relative,w_1.5",
    ],
)  # fmt: skip
def test_nonsense_is_a_400_that_names_it(said):
    with pytest.raises(errors.ImgcdnError) as caught:
        parse(said)
    assert caught.value.status == 400
    assert caught.value.param
    assert "expected" in caught.value.detail


def test_a_preset_that_is_not_there_is_named():
    with pytest.raises(errors.PresetNotFoundError, match="avatar"):
        parse("t_nothing")


@pytest.mark.parametrize(
    ("path", "source", "version"),
    [
        ("image/upload/sample", "sample", None),
        ("image/upload/sample.jpg", "sample.jpg", None),
        ("image/upload/v1234/a/b.jpg", "a/b.jpg", "v1234"),
        ("demo/image/upload/w_9/v1/a/b.jpg", "a/b.jpg", "v1"),
        ("image/upload/w_9/a/w_9.jpg", "a/w_9.jpg", None),
        ("image/upload/w_200", "w_200", None),
        ("image/upload/w_9/v1/c_fill/a.jpg", "c_fill/a.jpg", "v1"),
        ("image/upload/w_9//sample.jpg", "sample.jpg", None),
        ("image/upload/summer_2024/a.jpg", "summer_2024/a.jpg", None),
        ("image/upload/s--abcdefgh--/w_9/a.jpg", "a.jpg", None),
        ("iu/w_9/a.jpg", "a.jpg", None),
        ("images/w_9/v1/a/a-good-name.jpg", "a.jpg", "v1"),
        ("image/private/w_9/a.jpg", "a.jpg", None),
        ("image/fetch/w_9/https://e.com/a/b.jpg?x=1", "https://e.com/a/b.jpg?x=1", None),
        ("image/upload/v12", "v12", None),
    ],
)
def test_the_public_id_is_what_stands_behind_components_and_version(path, source, version):
    ask = parsing.parse("img", path, "")
    assert ask.source.path == source
    assert ask.delivery.version == version


@pytest.mark.parametrize(
    "path", ["a.jpg", "image/upload", "video/upload/a.mp4", "raw/upload/a", "image/facebook/a", ""]
)
def test_what_is_no_delivery_url_of_a_picture_is_not_found(path):
    with pytest.raises(errors.NotFoundError):
        parsing.parse("img", path, "")


def test_of_the_query_only_explain_counts():
    assert parsing.parse("img", "image/upload/a.jpg", "explain=1&_a=BAA").delivery.is_explained
    assert not parsing.parse("img", "image/upload/a.jpg", "_a=BAA&w=40").delivery.is_explained
    assert parsing.parse("img", "image/upload/a.jpg", "w=40").spec.width is None


def test_the_order_within_a_component_does_not_matter():
    one = parse("c_fill,w_400,h_300,g_north,r_20,bo_5px_solid_red,e_sepia,q_70").spec
    assert one == parse("q_70,e_sepia,bo_5px_solid_red,r_20,g_north,h_300,w_400,c_fill").spec


def test_two_asks_have_one_canonical_text_exactly_when_they_are_alike():
    texts = {
        native.canonical(parse(said).spec)
        for said in ("c_mfit,w_9", "c_fit,w_9", "c_crop,w_9,h_9,g_south", "c_limit,w_9")
    }
    assert len(texts) == 4
    assert native.canonical(parse("w_9").spec) == native.canonical(parse("c_scale,w_9").spec)


def test_the_documentation_names_every_row():
    text = "".join(documenting.markdown(group) for group in table.GROUPS)
    assert all(f"`{name}`" in text for row in table.ROWS for name in row.names)
    assert all(len(line.split("|")) == 7 for line in text.splitlines())


def test_every_row_that_is_not_the_same_says_why():
    assert all(row.note for row in table.ROWS if row.status is not Status.SAME)


# Anything at all

SPELLINGS = sorted({said for cases in CASES.values() for said, _, _ in cases} | {row.name for row in table.ROWS})
PART = st.one_of(
    st.sampled_from(SPELLINGS),
    st.builds("{}_{}".format, st.sampled_from(sorted(table.KEYS)), st.text(max_size=12)),
    st.builds(
        "{}_{}".format,
        st.sampled_from(["w", "h", "x", "y", "z", "ar", "dpr", "r", "o", "q", "a"]),
        st.integers(-9, 9999),
    ),
    st.text(max_size=8),
)
COMPONENT = st.lists(PART, min_size=1, max_size=5).map(",".join)
PATH = st.builds(
    "{}/{}/{}".format,
    st.sampled_from(["image/upload", "demo/image/fetch", "images", "iu", "image/private/s--abcdefgh--", "image"]),
    st.lists(COMPONENT, max_size=4).map("/".join),
    st.one_of(st.sampled_from(["v1/a.jpg", "a", "https://e.com/a.png", ""]), st.text(max_size=8)),
)


INFO = SourceInfo("jpegload", Size(640, 480), 1, 1, False, False, 8, False, False)


def tried(step, *arguments, **options):
    """Return what a step makes, or the status of its refusal."""
    try:
        return step(*arguments, **options)
    except errors.ImgcdnError as error:
        return error.status


@settings(max_examples=500, deadline=None)
@given(PATH, st.booleans())
def test_any_url_is_understood_or_refused_with_a_4xx(path, strict):
    ask = tried(parsing.parse, "img", path, "", PRESETS, strict=strict)
    if isinstance(ask, int):
        assert 400 <= ask < 500
        return
    assert native.canonical(ask.spec).isascii()
    # Layers have no header here.
    spec = replace(ask.spec, mark=Mark(), blend=Blend())
    plan = tried(planner.plan, spec, INFO, None, Format.PNG, Limits(), Encoding())
    if isinstance(plan, int):
        assert 400 <= plan < 500
        return
    assert 1 <= plan.size.width <= 8192
    assert 1 <= plan.size.height <= 8192
    window = plan.window
    assert 0 <= window.left < window.right <= 640
    assert 0 <= window.top < window.bottom <= 480
