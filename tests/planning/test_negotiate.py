from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgcdn.model.geometry import Size
from imgcdn.model.media import Format, SourceInfo
from imgcdn.model.spec import Colour, Spec
from imgcdn.planning import negotiate

BUCKETS = ("avif", "webp", "base")


def info(*, frames: int = 1, alpha: bool = False) -> SourceInfo:
    return SourceInfo("pngload", Size(400, 300), 1, frames, alpha, False, 8, False, False)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        # What browsers send for <img>.
        ("image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", "avif"),  # Chrome
        ("image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5", "avif"),  # Firefox 128
        ("image/avif,image/webp,*/*", "avif"),  # Firefox 96
        (
            "image/webp,image/avif,image/jxl,image/heic,image/heic-sequence,video/*;q=0.8,image/png,*/*;q=0.5",
            "avif",
        ),  # Safari
        ("image/webp,*/*", "webp"),  # Firefox 65
        ("image/webp,image/apng,image/*,*/*;q=0.8", "webp"),  # Chrome before AVIF
        ("image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5", "base"),  # Safari 13
        # And for a page of its own.
        ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8", "avif"),
        ("*/*", "base"),  # curl
        ("image/*", "base"),
        ("", "base"),
        # q
        ("image/avif;q=0.5,image/webp", "webp"),
        ("image/avif,image/webp;q=0.9", "avif"),
        ("image/avif;q=0.1,image/webp;q=0.1", "avif"),
        ("image/webp;q=0.8,image/avif;q=0.8", "avif"),
        ("image/avif;q=0,image/webp", "webp"),
        ("image/avif;q=0.000,image/webp;q=0", "base"),
        ("image/avif;q=0,*/*", "base"),
        ("image/avif;q=0.001", "avif"),
        ("image/avif;q=1.000", "avif"),
        ("image/avif;q=.5", "avif"),
        # Nonsense never selects a format.
        ("image/avif;q=", "base"),
        ("image/avif;q=abc,image/webp;q=0.1", "webp"),
        ("image/avif;q=nan", "base"),
        ("image/avif;q=inf", "base"),
        ("image/avif;q=-1", "base"),
        ("image/avif;q=1.1", "base"),
        ("image/avif;q=1e0", "base"),
        ("image/avif;q=0_1", "base"),
        ("image/avif;q=٠.٥", "base"),
        # Form
        ("IMAGE/AVIF", "avif"),
        ("Image/WebP;Q=0.5 , image/png", "webp"),
        ("  image/webp  ;  q = 0.3  ", "webp"),
        ("image/avif;codecs=av01;q=0.2,image/webp;q=0.3", "webp"),
        ("ximage/avif", "base"),
        ("image/avifx", "base"),
        ("application/image/avif", "base"),
        (",,;;,", "base"),
        ("image/", "base"),
        ("\0", "base"),
        ("image/webp," * 10_000, "webp"),
    ],
)
def test_accept_is_reduced_to_the_best_format_that_it_names(accept, expected):
    assert negotiate.bucket(accept) == expected


@pytest.mark.parametrize(
    ("accept", "does"),
    [
        ("*/*;q=0", True),
        ("image/*;q=0.000, text/html", True),
        ("image/*;q=0, */*", True),
        ("image/webp;q=0, */*;q=0", True),
        ("image/*, */*;q=0", False),
        ("image/png, */*;q=0", False),
        ("image/webp;q=0.1, */*;q=0", False),
        ("*/*;q=none", False),
        ("*/*;q=0.001", False),
        ("text/html", False),
        ("image/jpeg;q=0", False),
        ("", False),
    ],
)
def test_a_client_refuses_every_picture_only_by_saying_so_with_q_0(accept, does):
    assert negotiate.refuses(accept) is does


@pytest.mark.parametrize(
    ("accept", "does"),
    [
        ("image/avif,image/webp", True),
        ("image/avif,*/*;q=0.1", True),
        ("image/avif,image/*", True),
        ("image/avif", False),
        ("image/avif,image/png", False),
        ("image/avif,image/webp;q=0,*/*", False),
        ("image/avif,image/*;q=0,*/*", False),
        ("image/avif,*/*;q=x", False),
    ],
)
def test_webp_is_taken_where_the_range_that_fits_it_best_has_a_q_above_0(accept, does):
    assert negotiate.takes_webp(accept) is does


def test_avif_is_not_chosen_where_it_is_turned_off():
    assert negotiate.bucket("image/avif,image/webp;q=0.1", offers_avif=False) == "webp"
    assert negotiate.bucket("image/avif", offers_avif=False) == "base"


weights = st.none() | st.integers(0, 1000)
elements = st.tuples(st.sampled_from(["image/avif", "image/webp", "image/png", "image/*", "*/*", "image/jxl"]), weights)


@settings(max_examples=200, deadline=None)
@given(st.lists(elements, max_size=6, unique_by=lambda element: element[0]), st.booleans())
def test_the_bucket_is_the_named_modern_format_of_highest_q_and_avif_of_equals(listed, offers_avif):
    text = ", ".join(kind if q is None else f"{kind};q={q / 1000:.3f}" for kind, q in listed)
    modern = {"image/avif": "avif", "image/webp": "webp"} if offers_avif else {"image/webp": "webp"}
    named = {modern[kind]: Fraction(1000 if q is None else q, 1000) for kind, q in listed if kind in modern}
    best = max(named.values(), default=0)
    expected = "base" if best == 0 else min(name for name, q in named.items() if q == best)
    assert negotiate.bucket(text, offers_avif=offers_avif) == expected


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_reduced_to_a_bucket(accept):
    assert negotiate.bucket(accept) in BUCKETS


def test_answers_vary_exactly_when_the_url_names_no_format():
    assert negotiate.varies(Spec())
    assert not any(negotiate.varies(Spec(format=form)) for form in Format)


@pytest.mark.parametrize("form", Format)
@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_format_in_the_url_is_written_whatever_is_accepted_and_whatever_the_source_is(form, bucket):
    for source in (info(), info(alpha=True), info(frames=9)):
        assert negotiate.choose(Spec(format=form), bucket, source) is form


@pytest.mark.parametrize(
    ("bucket", "source", "expected"),
    [
        ("avif", info(), Format.AVIF),
        ("webp", info(), Format.WEBP),
        ("base", info(), Format.JPEG),
        ("avif", info(alpha=True), Format.AVIF),
        ("webp", info(alpha=True), Format.WEBP),
        ("base", info(alpha=True), Format.PNG),
        ("avif", info(frames=2), Format.WEBP),
        ("webp", info(frames=2), Format.WEBP),
        ("base", info(frames=2), Format.GIF),
        ("base", info(frames=2, alpha=True), Format.GIF),
    ],
)
def test_bucket_and_source_choose_the_format(bucket, source, expected):
    assert negotiate.choose(Spec(), bucket, source) is expected


@pytest.mark.parametrize("bucket", BUCKETS)
@pytest.mark.parametrize("alpha", [True, False])
@pytest.mark.parametrize("frames", [1, 2, 256])
def test_negotiation_never_drops_alpha_nor_stops_an_animation(bucket, alpha, frames):
    chosen = negotiate.choose(Spec(), bucket, info(frames=frames, alpha=alpha))
    assert chosen.keeps_alpha or not alpha
    assert chosen.keeps_animation or frames == 1


@pytest.mark.parametrize(("alpha", "expected"), [(255, Format.JPEG), (254, Format.PNG), (0, Format.PNG)])
def test_alpha_may_go_to_jpeg_when_an_opaque_background_was_asked_for(alpha, expected):
    spec = Spec(background=Colour(1, 2, 3, alpha))
    assert negotiate.choose(spec, "base", info(alpha=True)) is expected


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_format_for_the_others_is_written_where_accept_chooses_none(bucket):
    spec = Spec(format_else=Format.PNG)
    assert negotiate.varies(spec)
    assert negotiate.choose(spec, bucket, info()).value == {"base": "png"}.get(bucket, bucket)
    assert negotiate.choose(Spec(format_else=Format.PNG, is_negotiated=False), bucket, info()) is Format.PNG


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_plain_still_is_png_or_jpeg_by_its_alpha_and_what_moves_is_as_without(bucket):
    spec = Spec(format_else=Format.WEBP, is_plain=True, is_negotiated=False)
    assert not negotiate.varies(spec)
    chosen = [negotiate.choose(spec, bucket, source) for source in (info(), info(alpha=True), info(frames=3))]
    assert chosen == [Format.JPEG, Format.PNG, Format.WEBP]
