"""Whatever could have been another answer says so in Vary: errors and 304 too, hints where the URL names them."""

import pytest

from imgcdn.dialects.mounts import Mount
from imgcdn.errors import SourceNotFoundError
from imgcdn.planning.settings import HintSettings, Ladder
from imgcdn.web import headers

HINTS = "Sec-CH-Width, Width, Sec-CH-DPR, DPR, Save-Data"


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/img/a.jpg?w=0", 400),
        ("/img/a.jpg?wdth=9", 400),
        ("/img/a.jpg?w=1&w=2", 400),
        ("/img/a.jpg?w=%ff", 400),
        ("/img/%ff.jpg", 400),
        ("/img/a.jpg?preset=nope", 404),
        ("/nowhere/a.jpg", 404),
        ("/img/a.jpg?format=webp&w=0", 400),
        ("/img/a.jpg?" + "&".join(["w=1"] * 101), 400),
    ],
)
async def test_an_answer_to_a_url_that_was_not_understood_varies_for_it_may_name_no_format(site, target, status):
    found = await site.ask(target)
    assert found.status_code == status
    assert found.headers["vary"] == "Accept"


async def test_a_url_that_names_its_format_does_not_vary_even_in_errors(make_site, answered):
    assert "vary" not in (await make_site(answered(varies=False)).ask("/img/a.jpg?format=webp")).headers
    gone = make_site(SourceNotFoundError("no file"))
    assert "vary" not in (await gone.ask("/img/a.jpg?format=webp")).headers
    assert "vary" not in (await gone.ask("/img/a.jpg?format=webp", method="POST")).headers
    assert (await gone.ask("/img/a.jpg?format=auto")).headers["vary"] == "Accept"
    assert (await gone.ask("/img/a.jpg", method="POST")).headers["vary"] == "Accept"


@pytest.mark.parametrize("told", [{}, {"sec_ch_width": "333", "save_data": "on"}, {"width": "nonsense"}])
async def test_hints_that_the_url_names_are_in_vary_whether_they_were_sent_or_not(make_site, answered, told):
    target = "/img/a.jpg?w=100&ch=Save-Data,Width,Dpr"
    site = make_site(answered())
    etag = (await site.ask(target, **told)).headers["etag"]
    for asked in (
        told,
        {**told, "if_none_match": etag},
        {**told, "range": "bytes=0-1"},
        {**told, "range": "bytes=99-"},
    ):
        assert (await site.ask(target, **asked)).headers["vary"] == f"Accept, {HINTS}"
    assert (await make_site(SourceNotFoundError("x")).ask(target, **told)).headers["vary"] == f"Accept, {HINTS}"
    assert (await make_site(is_started=False).ask(target, **told)).headers["vary"] == f"Accept, {HINTS}"


async def test_hints_without_negotiation_vary_alone(make_site, answered):
    found = await make_site(answered(varies=False)).ask("/img/a.jpg?format=webp&ch=Width")
    assert found.headers["vary"] == "Sec-CH-Width, Width"


async def test_hints_of_a_url_that_was_not_understood_are_in_vary(site):
    assert (await site.ask("/img/a.jpg?w=0&ch=Dpr")).headers["vary"] == "Accept, Sec-CH-DPR, DPR"
    assert (await site.ask("/img/a.jpg?w=0&ch=Dppr")).headers["vary"] == "Accept"


async def test_hints_reach_the_pipeline_as_part_of_the_spec(site):
    await site.ask("/img/a.jpg?w=100&ch=Width,Save-Data", sec_ch_width="333", save_data="on")
    await site.ask("/img/a.jpg?w=100", sec_ch_width="333", save_data="on")
    one, other = (ask.spec for ask, _ in site.pipeline.asked)
    assert (one.width, one.quality_off) == (480, 15)
    assert (other.width, other.quality_off) == (100, 0)


async def test_an_answer_to_hints_is_never_held_for_a_browser_with_others(site):
    target = "/img/a.jpg?ch=Width"
    for width in ("300", "600", "300"):
        await site.ask(target, sec_ch_width=width)
    await site.ask(target)
    assert [ask.spec.width for ask, _ in site.pipeline.asked] == [320, 640, 320, None]


async def test_what_the_ladder_refuses_is_403_and_varies_as_its_picture_would(site):
    site.pictures._ladder = Ladder(allow_widths=(320,), snap="off")
    found = await site.ask("/img/a.jpg?w=100&ch=Dpr")
    assert found.status_code == 403
    assert found.json()["code"] == "size_not_allowed"
    assert found.json()["param"] == "w"
    assert found.headers["vary"] == "Accept, Sec-CH-DPR, DPR"
    assert (await site.ask("/img/a.jpg?w=320")).status_code == 200


async def test_the_ladder_has_the_last_word_over_hints_but_not_over_presets(site):
    site.pictures._ladder = Ladder(allow_widths=(320, 1000))
    site.pictures._hints = HintSettings(widths=(640,))
    await site.ask("/img/a.jpg?ch=Width", sec_ch_width="600")
    await site.ask("/img/a.jpg?preset=small")
    await site.ask("/img/a.jpg/p/small")
    await site.ask("/img/a.jpg?preset=small&w=11")
    assert [ask.spec.width for ask, _ in site.pipeline.asked] == [1000, 10, 10, 320]


async def test_a_url_with_an_end_is_kept_no_longer_than_that_and_never_shown_stale(make_site, answered, monkeypatch):
    monkeypatch.setattr(headers, "time", lambda: 1000.5)
    site = make_site(answered(), mounts=(Mount("img"),))
    for exp, life in ((1000, 0), (1001, 1), (1010, 10), (9_000_000, 2_592_000), (999, 0)):
        for version in ("", "&v=1"):
            found = await site.ask(f"/img/a.jpg?exp={exp}{version}")
            expected = min(exp - 1000, 31_536_000) if version and life > 10 else life
            assert found.headers["cache-control"] == f"public, max-age={expected}"
    fallback = make_site(answered(is_final=False))
    assert (await fallback.ask("/img/a.jpg?exp=1005")).headers["cache-control"] == "public, max-age=5"
    assert (await fallback.ask("/img/a.jpg?exp=9000000")).headers["cache-control"] == "public, max-age=60"


async def test_a_url_with_an_end_is_not_held_beyond_it(site):
    for _ in range(3):
        await site.ask("/img/a.jpg?exp=9000000000")
    assert len(site.pipeline.asked) == 3
