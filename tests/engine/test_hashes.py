"""BlurHash and ThumbHash are what other software reads: the same texts as the algorithms' authors' code gives."""

import io
from base64 import b64decode

import numpy as np
import pytest
from PIL import Image

from imgcdn.dialects import native
from imgcdn.engine import hashes, probe
from imgcdn.engine.render import render as carry_out
from imgcdn.model.media import Preview
from imgcdn.planning import planner
from imgcdn.planning.settings import Encoding, Limits


def drawn(width, height, *, alpha):
    """A picture by arithmetic: the vectors below were made of it with the packages blurhash-python and thumbhash-python."""
    y, x = np.mgrid[:height, :width]
    bands = [x * 255 // max(1, width - 1), y * 255 // max(1, height - 1), (x + y) * 7 % 256]
    bands.append((x * x + y * 13) % 256 if alpha else np.full_like(x, 255))
    return np.stack(bands, -1).astype(np.uint8)


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (32, 24, "L$Hewg2nwsX5l|W7jwe@gGfifUff"),
        (24, 32, "L$HoF12rwubal]W7jse?gEfmfUfh"),
        (100, 37, "L%HVC+2Y$4Sgl}axjuf5gHfPfOfO"),
        (3, 2, "L~JlITCd6g~6]AJlFI;$dKdxfQdx"),
        (1, 1, "L00000fQfQfQfQfQfQfQfQfQfQfQ"),
    ],
)
def test_blurhash_is_that_of_the_published_code(width, height, expected):
    pixels = drawn(width, height, alpha=False)[..., :3].tobytes()
    assert hashes.encode_blur(Preview(width, height, pixels), 4, 3) == expected


@pytest.mark.parametrize(
    ("width", "height", "alpha", "expected"),
    [
        (32, 24, True, "e007861c8c17609761aa997a180c9e807f4965685615209806"),
        (24, 32, True, "e007861c0c1780079578baa80809cd807f476458764714000a"),
        (100, 37, True, "e0f7851a8e078087707887818008f77877764335870830"),
        (75, 100, True, "e0f7851c0c07700788878877080888708f8754263332373006"),
        (75, 100, False, "dff7093d1a7077707777787887877787808008f878"),
        (3, 2, False, "96fb2d5dac85780a8588788788a878a0827017f888"),
        (1, 1, False, "000802070000000000000000000000000000000000000000"),
        (1, 1, True, "00088205000000000000000000000000000000000000000000"),
    ],
)
def test_thumbhash_is_that_of_the_published_code(width, height, alpha, expected):
    assert hashes.encode_thumb(width, height, drawn(width, height, alpha=alpha).tobytes()).hex() == expected


def test_both_speak_of_the_finished_picture(photos):
    """A crop that is all blue has a hash whose mean colour is blue."""
    for name in ("blurhash", "thumbhash"):
        whole = _text(photos / "turned-6.jpg", f"format={name}")
        blue = _text(photos / "turned-6.jpg", f"rect=0,40,60,40&format={name}")
        assert whole != blue
    text = _text(photos / "turned-6.jpg", "rect=5,45,50,30&format=blurhash")
    flat = 0
    for letter in text[2:6]:
        flat = flat * 83 + hashes._DIGITS.index(letter)
    assert flat >> 16 < 40
    assert flat & 255 > 215


def _text(path, query):
    spec, info = native.parse("t", "x", query).spec, probe.probe(str(path))
    plan = planner.plan(spec, info, None, spec.format, Limits(), Encoding())
    return carry_out(str(path), info, plan)[0].decode()


@pytest.mark.parametrize("name", ["photo.jpg", "alpha.png", "film.gif", "cmyk.jpg", "deep.png", "dot.png"])
def test_every_kind_of_source_has_both(photos, name):
    assert 6 <= len(_text(photos / name, "format=blurhash")) == 28
    assert 5 < len(b64decode(_text(photos / name, "format=thumbhash"), validate=True)) <= 26


def test_the_taller_side_of_a_blurhash_has_more_waves(photos):
    wide = _text(photos / "photo.jpg", "w=300&h=100&fit=fill&format=blurhash")
    tall = _text(photos / "photo.jpg", "w=100&h=300&fit=fill&format=blurhash")
    assert hashes._DIGITS.index(wide[0]) == 3 + 2 * 9
    assert hashes._DIGITS.index(tall[0]) == 2 + 3 * 9


def test_a_transparent_picture_is_not_tinted_by_what_nobody_sees(tmp_path):
    image = Image.new("RGBA", (60, 40), (0, 255, 0, 0))
    image.paste((255, 0, 0, 255), (0, 0, 30, 40))
    written = io.BytesIO()
    image.save(written, "PNG")
    (tmp_path / "half.png").write_bytes(written.getvalue())
    head = int.from_bytes(b64decode(_text(tmp_path / "half.png", "format=thumbhash"))[:5], "little")
    assert head >> 23 & 1 == 1
    redness = (head >> 12 & 63) / 31.5 - 1
    assert redness > 0.9
