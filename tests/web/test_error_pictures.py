"""Error pictures: only for what takes pictures, always with the true status."""

from xml.etree import ElementTree as ET

import pytest

from imgcdn import errors
from imgcdn.dialects import native
from imgcdn.web import originals, pictured

BROWSER = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "is_picture"),
    [
        (BROWSER, True),
        ("image/*", True),
        ("*/*", False),
        ("", False),
        ("text/html,application/xhtml+xml,image/avif,*/*;q=0.8", False),
        ("application/json, image/png", False),
    ],
)
def test_an_img_takes_pictures_and_a_program_or_a_person_wants_words(accept, is_picture):
    assert pictured.wants_picture(accept) is is_picture


@pytest.mark.parametrize(
    ("query", "size"),
    [
        ("w=400&h=300", ("400", "300")),
        ("w=400&h=300&dpr=2", ("800", "600")),
        ("w=400&ar=2:1", ("400", "200")),
        ("h=100&ar=2:1", ("200", "100")),
        ("w=90", ("90", "90")),
        ("w=0.5", ("300", "300")),
        ("w=8000&h=8000&dpr=5", ("4096", "4096")),
        ("", ("300", "300")),
    ],
)
def test_a_placeholder_has_the_size_asked_for(query, size):
    drawn = ET.fromstring(pictured.placeholder(native.parse("img", "a.jpg", query), "#abc").body)  # noqa: S314 - our own
    assert (drawn.get("width"), drawn.get("height")) == size
    assert drawn[0].get("fill") == "#abc"


async def test_an_img_gets_a_placeholder_with_the_status_and_a_short_life(make_site):
    site = make_site(errors.SourceNotFoundError("no such file"), on_error="placeholder", placeholder_colour="#abc")
    answer = await site.ask("/img/a.jpg?w=40&h=30", accept=BROWSER)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "image/svg+xml")
    assert answer.headers["x-imgcdn-error"] == "source_not_found"
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert "Accept" in answer.headers["vary"]
    assert b'width="40"' in answer.content


async def test_a_url_that_is_not_understood_gets_one_too(make_site):
    answer = await make_site(on_error="placeholder", placeholder_colour="#abc").ask("/img/a.jpg?w=x", accept=BROWSER)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "image/svg+xml")


async def test_a_program_gets_the_problem_and_is_told_that_it_varies(make_site):
    site = make_site(errors.SourceNotFoundError("no such file"), on_error="placeholder", placeholder_colour="#abc")
    answer = await site.ask("/img/a.jpg?w=40&h=30&format=png", accept="*/*")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["vary"] == "Accept"


async def test_without_the_setting_everybody_gets_the_problem(make_site):
    answer = await make_site(errors.SourceNotFoundError("no")).ask("/img/a.jpg?w=40", accept=BROWSER)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("query", ["face_blur=80", "face_pixel=60", "blur=20", "watermark=/img/logo.png"])
def test_an_original_never_stands_in_where_the_url_hides_or_marks_something(query):
    assert originals.may_stand_in(native.parse("img", "a.jpg", "w=40&h=30"))
    assert not originals.may_stand_in(native.parse("img", "a.jpg", f"w=40&h=30&{query}"))
