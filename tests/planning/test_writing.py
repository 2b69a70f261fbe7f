"""How an answer is written: what is decided beforehand, and what is left to the pixels."""

import pytest

from imgcdn import errors
from imgcdn.dialects import native
from imgcdn.model.geometry import Size
from imgcdn.model.media import Format, SourceInfo
from imgcdn.model.plan import Output
from imgcdn.model.quality import Chosen, Chroma, Content
from imgcdn.planning import writing
from imgcdn.planning.settings import Encoding

INFO = SourceInfo("jpegload", Size(400, 300), 1, 1, False, False, 8, False, False)
LOSSY = (Format.JPEG, Format.WEBP, Format.AVIF, Format.UHDR)


def written(query: str, form: Format, **settings: int) -> Output:
    return writing.output(native.parse("img", "a.jpg", query).spec, INFO, form, Encoding(**settings))


@pytest.mark.parametrize("form", [*LOSSY, Format.PNG, Format.GIF])
@pytest.mark.parametrize(
    "query", ["", "q=70", "chroma=444", "colorquant=16", "dpi=72", "lossless=1", "lossless=1&q=auto"]
)
def test_nothing_is_left_to_the_pixels_unless_it_is_asked_for(query, form):
    assert written(query, form).search is None


@pytest.mark.parametrize(
    ("form", "qualities"),
    [(Format.JPEG, (92, 88, 82, 76, 72)), (Format.WEBP, (92, 88, 82, 76, 72)), (Format.AVIF, (72, 68, 62, 56, 52))],
)
def test_auto_has_a_quality_for_each_kind_of_content(form, qualities):
    search = written("q=auto", form).search
    assert search.by_content == qualities
    assert [search.of(content) for content in Content] == list(qualities)
    assert search.likeness is None


def test_auto_moves_with_the_quality_of_the_settings():
    assert written("q=auto", Format.WEBP, webp_quality=70).search.by_content == (82, 78, 72, 66, 62)
    assert written("q=auto", Format.JPEG, jpeg_quality=95).search.by_content == (100, 100, 97, 91, 87)


@pytest.mark.parametrize("form", LOSSY)
def test_better_modes_want_more_likeness_and_begin_higher(form):
    found = [written(f"q=auto:{mode}", form).search for mode in ("eco", "good", "best")]
    assert [search.likeness for search in found] == sorted({search.likeness for search in found})
    assert [search.by_content for search in found] == sorted({search.by_content for search in found})


@pytest.mark.parametrize("form", [Format.PNG, Format.GIF])
def test_what_has_no_quality_is_written_alike_whatever_is_said_of_it(form):
    assert written("q=auto:best", form) == written("q=auto", form) == written("", form) == written("q=40", form)


@pytest.mark.parametrize("form", [*LOSSY, Format.PNG, Format.GIF])
def test_a_limit_of_bytes_is_a_search_by_bytes_alone(form):
    search = written("max_bytes=9000&q=70", form).search
    assert (search.max_bytes, search.floor, search.by_content, search.likeness) == (9000, 20, None, None)


def test_a_limit_of_bytes_and_lossless_contradict_each_other():
    with pytest.raises(errors.ConflictingParametersError) as caught:
        written("max_bytes=9000&lossless=1", Format.WEBP)
    assert caught.value.param == "max_bytes"


def test_palettes_are_for_formats_that_have_one():
    assert [written("colorquant=16&dither=25", form).palette for form in (Format.PNG, Format.GIF)] == [16, 16]
    assert written("colorquant=16&dither=25", Format.PNG).dither == 0.25
    assert written("colorquant=16", Format.JPEG).palette is None


def test_chroma_and_density_are_as_asked():
    output = written("chroma=444&dpi=300", Format.JPEG)
    assert (output.chroma, output.dpi) == (Chroma.FULL, 300)


@pytest.mark.parametrize(
    ("chosen", "field"),
    [
        (Chosen(76, Content.PHOTO), "76;content=photo"),
        (Chosen(81, Content.FLAT, 0.95678), "81;content=flat;likeness=0.9568"),
        (Chosen(20, is_over=True), "20;over"),
        (Chosen(40, colours=256), "40;colours=256"),
    ],
)
def test_what_was_chosen_is_told_in_one_field(chosen, field):
    assert chosen.field() == field
