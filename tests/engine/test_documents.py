"""Pages of documents, drawings, and what a file that cannot be read is called."""

import io

import numpy as np
import pytest
import pyvips
from PIL import Image

from imgcdn import errors
from imgcdn.dialects import native
from imgcdn.engine import environment, kinds, probe, steps, vips
from imgcdn.engine.preview import sampled
from imgcdn.engine.render import render as carry_out
from imgcdn.model.media import Format
from imgcdn.planning import limits, planner
from imgcdn.planning.settings import Encoding, Limits


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    """A TIFF of three pages of different sizes and colours."""
    path = tmp_path_factory.mktemp("tiff") / "pages.tif"
    first, *rest = (
        Image.new("RGB", size, colour)
        for size, colour in (((60, 40), (255, 0, 0)), ((30, 80), (0, 255, 0)), ((100, 20), (0, 0, 255)))
    )
    first.save(path, save_all=True, append_images=rest)
    return path


@pytest.mark.parametrize(
    ("page", "size", "colour"), [(0, (60, 40), (255, 0, 0)), (1, (30, 80), (0, 255, 0)), (2, (100, 20), (0, 0, 255))]
)
def test_each_page_has_a_header_of_its_own(document, page, size, colour):
    info = probe.probe(str(document), page)
    assert (info.stored.width, info.stored.height, info.pages, info.page) == (*size, 3, page)
    pixel = steps.load(str(document), info, 1, 1).getpoint(3, 3)
    assert tuple(round(value) for value in pixel) == colour
    seen = sampled(str(document), info, 64)[0]
    assert tuple(seen.pixels[:3]) == colour


def test_beyond_the_last_page_the_header_is_that_of_the_first(document):
    assert probe.probe(str(document), 9) == probe.probe(str(document))


def test_an_animation_has_frames_and_no_pages(photos):
    info = probe.probe(str(photos / "film.gif"), 2)
    assert (info.frames, info.pages, info.page) == (4, 1, 0)


SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="40" height="20">'
    '<rect width="20" height="20" fill="#f00"/>{}</svg>'
)


@pytest.fixture
def _drawings(monkeypatch):
    """Set libvips up as in a worker of a server that allows SVG, and back."""
    monkeypatch.setenv(environment.READS_SVG, "1")
    vips.start()
    yield
    monkeypatch.undo()
    vips.start()


@pytest.fixture
def drawing(tmp_path):
    path = tmp_path / "drawing.svg"
    path.write_text(SVG.format(""), encoding="utf-8")
    return path


def test_svg_is_off_and_the_refusal_says_what_it_is(drawing):
    with pytest.raises(errors.UnsupportedSourceFormatError, match="the source is SVG, which the settings"):
        probe.probe(str(drawing))


@pytest.mark.usefixtures("_drawings")
def test_a_worker_that_reads_svg_is_not_enough_the_settings_must_allow_it(drawing):
    info = probe.probe(str(drawing))
    assert info.is_vector
    with pytest.raises(errors.UnsupportedSourceFormatError, match="SVG"):
        limits.refuse(info, Limits())
    limits.refuse(info, Limits(allow_svg=True))


@pytest.mark.usefixtures("_drawings")
@pytest.mark.parametrize(
    ("query", "width"), [("w=400", 400), ("w=10", 10), ("w=0.5", 20), ("rect=0,0,30,20&w=600", 600)]
)
def test_a_drawing_is_as_sharp_as_it_is_large(drawing, query, width):
    image = _render(drawing, query)
    assert image.width == width
    row = np.asarray(image.convert("RGBA"))[image.height // 2]
    middle = (row[:, 3] > 8) & (row[:, 3] < 247)
    assert middle.sum() <= 1


def _render(path, query):
    info = probe.probe(str(path))
    plan = planner.plan(native.parse("t", "x", query).spec, info, None, Format.PNG, Limits(), Encoding())
    return Image.open(io.BytesIO(carry_out(str(path), info, plan)[0]))


@pytest.mark.usefixtures("_drawings")
def test_a_drawing_reads_neither_files_beside_it_nor_the_network(tmp_path, drawing):
    Image.new("RGB", (20, 20), (0, 255, 0)).save(tmp_path / "secret.png")
    beside = '<image x="20" xlink:href="secret.png" width="20" height="20"/>'
    absolute = f'<image x="20" href="file://{tmp_path}/secret.png" width="20" height="20"/>'
    style = '<style>@import url("secret.css");</style>'
    included = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="secret.png" parse="text"/>'
    for more in (beside, absolute, style, included):
        drawing.write_text(SVG.format(more), encoding="utf-8")
        pixels = np.asarray(_render(drawing, "").convert("RGBA"))
        assert pixels[:, 22:, 3].max() == 0, more
    # The same drawing, opened where it has a place, does show it: the check above could fail.
    drawing.write_text(SVG.format(beside), encoding="utf-8")
    pyvips.operation_block_set("VipsForeignLoadSvg", False)
    assert pyvips.Image.svgload(str(drawing)).getpoint(30, 10)[1] == 255


@pytest.mark.usefixtures("_drawings")
@pytest.mark.parametrize(
    "text",
    [
        '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
        + "".join(f'<!ENTITY {chr(99 + k)} "{("&" + chr(98 + k) + ";") * 10}">' for k in range(8))
        + ']><svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><text>&j;</text></svg>',
        (
            '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
            '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="20"><text y="15">&x;</text></svg>'
        ),
        '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><rect',
    ],
    ids=["bomb", "file", "cut off"],
)
def test_a_hostile_drawing_is_damaged(drawing, text):
    drawing.write_text(text, encoding="utf-8")
    with pytest.raises(errors.CorruptImageError):
        _render(drawing, "")


@pytest.mark.usefixtures("_drawings")
def test_a_drawing_that_claims_to_be_huge_is_refused_by_its_header(drawing):
    drawing.write_text(
        SVG.format("").replace('width="40" height="20"', 'width="20000" height="20000"'), encoding="utf-8"
    )
    with pytest.raises(errors.TooManyPixelsError):
        limits.refuse(probe.probe(str(drawing)), Limits(allow_svg=True))


HEADS = {
    "JPEG XL": b"\xff\x0a\x00\x00",
    "JPEG XL in a box": b"\x00\x00\x00\x0cJXL \r\n\x87\n",
    "PDF": b"%PDF-1.7\n",
    "an AVIF sequence": b"\x00\x00\x00\x1cftypavis\x00\x00\x00\x00",
    "a film": b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00",
    "JPEG 2000": b"\x00\x00\x00\x0cjP  \r\n\x87\n",
    "SVG": b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- drawn --><svg width="3">',
    "BMP": b"BM\x00\x00\x00\x00\x00\x00\x00\x00",
}


@pytest.mark.parametrize("name", HEADS)
def test_a_file_that_cannot_be_read_is_named_and_it_is_said_who_cannot_read_it(tmp_path, name):
    (tmp_path / "file").write_bytes(HEADS[name] + bytes(200))
    kind = name.removesuffix(" in a box")
    with pytest.raises(errors.UnsupportedSourceFormatError, match=f"the source is {kind}, which the") as caught:
        probe.probe(str(tmp_path / "file"))
    whom = "the settings of this server" if kind == "SVG" else f"the libvips of this server ({vips.version()})"
    assert whom in caught.value.detail
    assert "expected JPEG, PNG" in caught.value.detail


def test_heic_is_named_where_its_decoder_is_missing(shared):
    path = shared / "data" / "dev" / "formats" / "heic" / "pilheif-hopper.heif"
    with pytest.raises(errors.UnsupportedSourceFormatError, match=r"HEIF with hevc inside \(HEIC\)"):
        probe.probe(str(path))


@pytest.mark.parametrize("head", [b"", b"\x00", b"hello world", b"\x01\x02\x03" * 20])
def test_bytes_of_no_kind_are_not_guessed_at(head):
    assert kinds.kind_of(head) is None


def test_a_format_that_libvips_cannot_write_is_refused_by_name(render, photos):
    if vips.has("jxlsave_buffer"):
        pytest.skip("this libvips writes JPEG XL")
    with pytest.raises(errors.FeatureNotInstalledError, match="format=jxl cannot be written by the libvips"):
        render(photos / "cat.png", "format=jxl")
