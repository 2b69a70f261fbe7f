"""What imgix' parameters of format, delivery, palette and frames do, seen in headers and files."""

import time
from base64 import urlsafe_b64encode
from hashlib import md5
from io import BytesIO

import numpy as np
import pytest
from imgix_asking import HOST, RED, TOKEN, shows
from measuring import durations, opened, pixels_of, psnr
from PIL import ImageCms
from serving import CHROME, SAFARI_13, SAFARI_15, assert_problem


def signed(path: str, query: str) -> str:
    return f"{path}?{query}&s={md5(f'{TOKEN}{path}?{query}'.encode(), usedforsecurity=False).hexdigest()}"


def kind(answer) -> str:
    return answer.headers["content-type"].partition(";")[0]


@shows("auto")
def test_auto_format_gives_each_browser_its_best(ask):
    answers = {accept: ask.answer("photo.jpg", "w=90&auto=format", accept=accept) for accept in (SAFARI_13, SAFARI_15)}
    assert [kind(answer) for answer in answers.values()] == ["image/jpeg", "image/webp"]
    assert all("accept" in answer.headers["vary"].lower() for answer in answers.values())
    ask.server.upgraded("/free/photo.jpg?w=90&auto=format", CHROME)
    assert kind(ask.answer("photo.jpg", "w=90", accept=CHROME)) == "image/jpeg"
    assert kind(ask.answer("photo.jpg", "w=90&auto=true", accept=SAFARI_15)) == "image/webp"


@shows("auto")
def test_auto_format_writes_alpha_with_a_palette_for_browsers_that_know_nothing_else(ask):
    found = opened(ask.answer("alpha.png", "w=90&auto=format").content)
    assert (found.format, found.mode) == ("PNG", "P")
    assert found.has_transparency_data


@shows("auto")
def test_auto_compress_takes_quality_and_profile_away(ask):
    plain, small = (ask.answer("p3.jpg", query) for query in ("fm=jpg&cs=origin", "fm=jpg&auto=compress"))
    assert "icc_profile" in opened(plain.content).info
    assert "icc_profile" not in opened(small.content).info
    found = {query: ask.answer("photo.jpg", f"w=300&{query}").content for query in ("auto=compress", "q=45", "q=75")}
    assert found["auto=compress"] == found["q=45"]
    assert len(found["q=45"]) < len(found["q=75"])
    assert ask.answer("photo.jpg", "w=300&auto=compress&q=75").content == found["q=75"]


@shows("auto", "fm")
def test_auto_compress_is_png_or_jpeg_whatever_accept_and_fm_say(ask):
    for picture, media_type in {"alpha.png": "image/png", "corners.png": "image/jpeg"}.items():
        answers = [ask.answer(picture, f"w=60&auto=compress{fm}", accept=CHROME) for fm in ("", "&fm=webp")]
        assert [kind(answer) for answer in answers] == [media_type] * 2
        assert all("accept" not in answer.headers.get("vary", "").lower() for answer in answers)
    moving = ask.answer("film.gif", "auto=compress&fm=webp")
    assert (kind(moving), opened(moving.content).n_frames) == ("image/webp", 6)


@shows("auto", "fm")
def test_beside_auto_format_fm_is_what_the_others_get(ask):
    for fm, media_type in {"jpg": "image/jpeg", "png": "image/png"}.items():
        query = f"w=91&auto=format&fm={fm}"
        answers = [ask.answer("alpha.png", query, accept=accept) for accept in (SAFARI_13, SAFARI_15)]
        assert [kind(answer) for answer in answers] == [media_type, "image/webp"]
        assert all("accept" in answer.headers["vary"].lower() for answer in answers)
    ask.server.upgraded("/free/alpha.png?w=91&auto=format&fm=jpg", CHROME)
    alone = ask.answer("alpha.png", "w=91&fm=jpg", accept=CHROME)
    assert kind(alone) == "image/jpeg"
    assert "accept" not in alone.headers.get("vary", "").lower()


@shows("auto")
def test_auto_enhance_changes_the_picture_and_not_its_format(ask):
    answer = ask.answer("photo.jpg", "w=300&auto=enhance", accept=CHROME)
    assert kind(answer) == "image/jpeg"
    assert (
        15 < psnr(pixels_of(opened(answer.content)), pixels_of(opened(ask.answer("photo.jpg", "w=300").content))) < 35
    )


@shows("fm")
@pytest.mark.parametrize(
    ("fm", "media_type"),
    [
        ("jpg", "image/jpeg"),
        ("pjpg", "image/jpeg"),
        ("png", "image/png"),
        ("png8", "image/png"),
        ("png32", "image/png"),
        ("webp", "image/webp"),
        ("avif", "image/avif"),
        ("gif", "image/gif"),
        ("json", "application/json"),
        ("blurhash", "text/plain"),
    ],
)
def test_a_format_is_written_whatever_accept_says(ask, fm, media_type):
    answer = ask.answer("photo.jpg", f"w=60&fm={fm}&auto=enhance", accept=CHROME)
    assert kind(answer) == media_type
    assert "accept" not in answer.headers.get("vary", "").lower()


@shows("fm", "jpg-progressive")
def test_a_jpeg_is_progressive_or_not(ask):
    def is_progressive(query):
        return bool(opened(ask.answer("photo.jpg", f"w=90&{query}").content).info.get("progressive"))

    assert [is_progressive(query) for query in ("", "fm=jpg", "fm=pjpg")] == [True] * 3
    assert is_progressive("fm=jpg&jpg-progressive=true")
    assert not is_progressive("fm=jpg&jpg-progressive=false")
    assert not is_progressive("jpg-progressive=false")


@shows("fm", "colorquant")
def test_a_palette_has_as_many_colours_as_are_said(ask):
    modes = {fm: opened(ask.answer("photo.jpg", f"w=90&fm={fm}").content).mode for fm in ("png8", "png32")}
    assert modes["png8"] == "P"
    assert modes["png32"] in {"RGB", "RGBA"}
    found = opened(ask.answer("photo.jpg", "w=90&fm=png&colorquant=8").content).convert("RGB")
    assert len(found.getcolors(1 << 24)) <= 8


@shows("q")
def test_quality_is_bytes_for_likeness(ask):
    found = [ask.answer("photo.jpg", f"w=300&fm=jpg&q={q}").content for q in (10, 50, 75, 95)]
    assert [len(body) for body in found] == sorted(len(body) for body in found)
    assert len(found[0]) * 3 < len(found[3])
    assert ask.answer("photo.jpg", "w=300&fm=jpg").content == found[2]


@shows("ch")
def test_hints_count_where_they_are_asked_for_and_are_in_vary(ask):
    query = "w=300&fm=jpg&ch=Width,DPR,Save-Data"
    assert opened(ask.answer("photo.jpg", query, sec_ch_width="160").content).width == 160
    assert opened(ask.answer("photo.jpg", "w=100&fm=jpg&ch=DPR", sec_ch_dpr="2").content).width == 200
    assert (
        ask.answer("photo.jpg", query, save_data="on").content == ask.answer("photo.jpg", "w=300&fm=jpg&q=45").content
    )
    assert {"sec-ch-width", "sec-ch-dpr", "save-data"} <= {
        name.strip().lower() for name in ask.answer("photo.jpg", query).headers["vary"].split(",")
    }
    assert opened(ask.answer("photo.jpg", "w=300&fm=jpg", sec_ch_width="160").content).width == 300


@shows("cs")
def test_a_colour_space_is_kept_or_becomes_srgb_without_a_profile(ask):
    kept = opened(ask.answer("p3.jpg", "fm=jpg&cs=origin").content)
    assert "P3" in ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(BytesIO(kept.info["icc_profile"])))
    for cs in ("srgb", "tinysrgb", "strip", "adobergb1998"):
        assert "icc_profile" not in opened(ask.answer("p3.jpg", f"fm=jpg&cs={cs}").content).info


@shows("chromasub")
@pytest.mark.parametrize(("chroma", "sampling"), [("444", (1, 1)), ("420", (2, 2))])
def test_chroma_is_sampled_as_the_header_says(ask, chroma, sampling):
    found = opened(ask.answer("photo.jpg", f"w=90&fm=jpg&chromasub={chroma}").content)
    assert tuple(found.layer[0][1:3]) == sampling


@shows("lossless")
def test_lossless_loses_nothing(ask):
    exact = ask.pixels("photo.jpg", "w=90&fm=png")
    assert np.array_equal(pixels_of(opened(ask.answer("photo.jpg", "w=90&fm=webp&lossless=true").content)), exact)
    assert not np.array_equal(pixels_of(opened(ask.answer("photo.jpg", "w=90&fm=webp").content)), exact)


@shows("dpi")
def test_dpi_is_in_the_file(ask):
    found = opened(ask.answer("photo.jpg", "w=90&fm=jpg&dpi=300").content)
    assert tuple(round(value) for value in found.info["dpi"]) == (300, 300)


@shows("dl")
def test_a_download_has_the_name_that_is_said(ask):
    said = ask.answer("photo.jpg", "w=90&dl=team.jpg").headers["content-disposition"]
    assert said.startswith("attachment;")
    assert "team.jpg" in said
    assert "attachment" not in ask.answer("photo.jpg", "w=90").headers.get("content-disposition", "")


@shows("svg-sanitize")
@pytest.mark.parametrize("query", ["", "svg-sanitize=true", "svg-sanitize=false"])
def test_no_script_of_a_drawing_comes_through(ask, query):
    answer = ask.answer("drawing.svg", query)
    assert kind(answer) == "image/png"
    assert b"script" not in answer.content


@shows("s", "64")
def test_a_signature_opens_a_mount_and_a_wrong_one_does_not(ask):
    width = urlsafe_b64encode(b"40").rstrip(b"=").decode()
    for query in ("w=40", f"w64={width}"):
        url = signed("/photo.jpg", query)
        assert opened(ask.server.get(url, host=HOST).content).width == 40
        assert_problem(
            ask.server.get(url[:-1] + ("0" if url[-1] != "0" else "1"), host=HOST), 403, "bad_signature", "s"
        )
    assert_problem(ask.server.get("/photo.jpg?w=40", host=HOST), 403, "bad_signature", "s")


@shows("ixlib", "ixid")
def test_the_name_of_a_library_changes_nothing_and_is_not_listed(ask):
    plain, named = (ask.answer("photo.jpg", f"w=40{query}") for query in ("", "&ixlib=js-3.8.0&ixid=abc"))
    assert plain.content == named.content
    assert "x-imgcdn-ignored" not in named.headers


@shows("expires")
def test_a_url_is_not_found_after_its_time(ask):
    now = int(time.time())
    assert_problem(ask.answer("photo.jpg", f"w=40&expires={now - 10}", status=404), 404, "link_expired", "expires")
    soon = ask.answer("photo.jpg", f"w=40&expires={now + 600}")
    assert int(soon.headers["cache-control"].partition("max-age=")[2].partition(",")[0]) <= 601
    assert_problem(
        ask.server.get(signed("/photo.jpg", f"expires={now - 10}"), host=HOST), 404, "link_expired", "expires"
    )


@shows("palette", "colors")
def test_a_palette_tells_the_colours_of_the_picture(ask):
    found = ask.answer("corners.png", "palette=json&colors=4").json()
    told = {colour["hex"].lower() for colour in found["colors"]}
    assert len(found["colors"]) == 4
    assert {"#ff0000", "#00ff00", "#0000ff", "#ffffff"} == told
    assert 0 <= found["average_luminance"] <= 1
    assert found["dominant_colors"]
    counts = [len(ask.answer("stripes.png", f"palette=json{query}").json()["colors"]) for query in ("", "&colors=3")]
    assert counts == [6, 3]
    grey = ask.answer("corners.png", "palette=json&colors=1&sat=-100").json()["colors"][0]["hex"]
    assert grey[1:3] == grey[3:5] == grey[5:7], "the palette is that of the answer"


@shows("palette", "prefix")
def test_a_palette_is_a_style_sheet_with_its_prefix(ask):
    plain, named = (ask.answer("corners.png", f"palette=css&colors=4{query}") for query in ("", "&prefix=hero"))
    assert kind(plain) == "text/css"
    assert ".image-fg-1" in plain.text
    assert ".hero-bg-4" in named.text
    assert "image" not in named.text


def film(ask, query):
    """Return the middle colours of the frames, and what each lasts."""
    found = opened(ask.answer("film.gif", query).content)
    lasting, colours = durations(found), []
    for index in range(getattr(found, "n_frames", 1)):
        found.seek(index)
        colours.append("".join(str(int(value > 127)) for value in found.convert("RGB").getpixel((30, 20))))
    return colours, lasting


WHOLE = ["100", "010", "001", "111", "000", "110"]


@shows("frame")
def test_frames_are_counted_from_1(ask):
    assert film(ask, "fm=gif") == (WHOLE, [100] * 6)
    assert film(ask, "frame=2&fm=png")[0] == ["010"]
    assert film(ask, "frame=2-4&fm=gif")[0] == WHOLE[1:4]


@shows("loop")
def test_loop_is_in_the_file(ask):
    assert [opened(ask.answer("film.gif", f"fm=webp&loop={loop}").content).info["loop"] for loop in (0, 3)] == [0, 3]


@shows("fps")
def test_frames_a_second_set_what_each_lasts(ask):
    colours, lasting = film(ask, "fm=webp&fps=4")
    assert sum(lasting) == pytest.approx(250 * len(colours), abs=20)
    assert set(lasting) == {250}


@shows("interval", "skip")
def test_frames_are_left_out(ask):
    assert film(ask, "fm=webp&interval=2")[0] == WHOLE[::2]
    kept = film(ask, "fm=webp&skip=2")[0]
    assert len(kept) == 3
    assert set(kept) < set(WHOLE)


@shows("reverse")
def test_a_film_runs_backwards(ask):
    assert film(ask, "fm=webp&reverse=true")[0] == WHOLE[::-1]


@shows("page")
def test_a_page_is_shown(ask):
    first, second = (ask.image("pages.tif", f"page={page}") for page in (1, 2))
    assert (first.size, second.size) == ((60, 40), (40, 80))
    assert first.convert("RGB").getpixel((5, 5)) == RED


@shows("explain")
def test_a_picture_is_explained(ask):
    assert ask.told("photo.jpg", "w=100&h=100&fit=crop")["window"]["width"] == 400
