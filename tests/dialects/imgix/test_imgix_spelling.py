"""URLs of imgix that we write: what parameters set, the words for formats, and signatures that verify."""

from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

import pytest

from imgcdn import errors
from imgcdn.dialects.imgix import parsing, signing
from imgcdn.dialects.imgix.spelling import IMGIX
from imgcdn.dialects.mounts import DIALECTS, Mount, Mounts
from imgcdn.dialects.signing import Signing
from imgcdn.model.media import ColourSpace, Format

TOKEN = "aaAAbbBB11223344"
MOUNTS = Mounts(
    [
        Mount("free", "imgix", is_strict=False),
        Mount("assets", "imgix", tokens=(TOKEN, "old")),
        Mount("img"),
        Mount("cloud", "cloudinary", is_strict=False),
    ],
    {},
    Signing({"main": "a-key-of-this-server"}, lambda: 0.0),
)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("w", "width"),
        ("width", "width"),
        ("w64", "width"),
        ("height", "height"),
        ("ar", "aspect"),
        ("f", "fit"),
        ("fm", "format"),
        ("s", "signature"),
        ("bri", "bri"),
        ("utm_source", "utm_source"),
    ],
)
def test_a_parameter_is_known_by_what_it_sets_in_every_spelling(name, field):
    assert IMGIX.field(name) == field


@pytest.mark.parametrize(
    ("query", "form", "word"),
    [
        ("", Format.JPEG, "jpg"),
        ("fm=jpg", Format.JPEG, "jpg"),
        ("jpg-progressive=false", Format.JPEG, "jpg"),
        ("", Format.PNG, "png"),
        ("auto=format", Format.PNG, "png8"),
        ("", Format.AVIF, "avif"),
        ("fm=jpg", Format.WEBP, "webp"),
    ],
)
def test_the_word_for_a_format_gives_the_file_that_the_url_gives_without_it(query, form, word):
    spec = parsing.parse("img", "a", query).spec
    assert IMGIX.forms(form, spec) == word
    written = parsing.parse("img", "a", urlencode([*IMGIX.settled(parse_qsl(query)), ("fm", word)])).spec
    assert written.format is form
    assert form is not Format.JPEG or written.progressive == spec.progressive
    assert form is not Format.PNG or written.coding == spec.coding


@pytest.mark.parametrize(
    "query",
    [
        *("auto=format", "auto=compress", "auto=format%2Ccompress&w=40", "auto=compress&auto=enhance&q=20"),
        *("auto=true&cs=origin", "auto=compress&cs64=b3JpZ2lu&q64=MjA", "auto=enhance&w=4", "auto=nonsense"),
    ],
)
def test_a_url_that_names_a_format_alone_asks_for_the_rest_as_before(query):
    before = parsing.parse("img", "a", query).spec
    after = parsing.parse("img", "a", urlencode([*IMGIX.settled(parse_qsl(query)), ("fm", "webp")])).spec
    assert (after.format, after.is_negotiated, after.is_plain) == (Format.WEBP, False, False)
    same = {"format": None, "format_else": None, "is_negotiated": True, "is_plain": False}
    # How many colours a PNG has is in its word.
    one, other = (replace(spec, **same, coding=replace(spec.coding, colours=None)) for spec in (before, after))
    assert replace(one, colour_space=one.colour_space or ColourSpace.SRGB) == other


@pytest.mark.parametrize(
    ("fit", "added"), [("clip", {"fit": "crop"}), ("max", {"fit": "crop"}), ("crop", {}), ("fill", {})]
)
def test_another_shape_is_cropped_where_the_fit_would_not(fit, added):
    assert IMGIX.cropping(parsing.parse("img", "a", f"w=4&fit={fit}").spec) == added


@pytest.mark.parametrize("path", ["/a.jpg", "/a%20b.jpg", "/ä b'(1)+.jpg", "/https%3A%2F%2Fe.com%2Fa.jpg"])
@pytest.mark.parametrize("query", ["", "w=40", "txt=a%20b&w=40"])
def test_what_we_sign_verifies_and_can_stand_in_a_page(path, query):
    url = signing.signed(TOKEN, path, query)
    assert url.isascii()
    assert " " not in url
    raw, _, rest = url.partition("?")
    signing.verify([TOKEN], raw, rest)


def test_mounts_sign_with_their_first_token_or_the_key_of_the_server():
    assert MOUNTS.sign("assets", "/assets/a.jpg", "w=4") == signing.signed(TOKEN, "/assets/a.jpg", "w=4")
    assert "&sig=" in MOUNTS.sign("img", "/img/a.jpg", "w=4")
    assert [MOUNTS.signs(name) for name in ("free", "assets", "img")] == [False, True, False]
    with pytest.raises(errors.InvalidParameterError) as caught:
        MOUNTS.sign("free", "/free/a.jpg", "w=4")
    assert caught.value.param == "url"


def test_every_url_has_the_spelling_of_its_mount():
    assert MOUNTS.spelling("", "/free/a.jpg", "url") is IMGIX
    assert MOUNTS.spelling("", "/img/a.jpg", "url") is DIALECTS["native"].spelling
    with pytest.raises(errors.NotFoundError):
        MOUNTS.spelling("", "/none/a.jpg", "url")
    with pytest.raises(errors.InvalidParameterError) as caught:
        MOUNTS.spelling("", "/cloud/image/upload/a.jpg", "url")
    assert caught.value.param == "url"
