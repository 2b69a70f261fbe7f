"""A page as a site on imgix has it, in a real browser: it shows every picture, in the size and format that were negotiated."""

import re
from urllib.parse import unquote, urlsplit

import browsing
import imgix_rules
import pytest
from hosting import hosting
from measuring import distance, opened
from PIL import Image, ImageStat
from serving import CHROME, eventually, get_raw
from shapes import Picture

TOKEN = "aaAAbbBB11223344"
SIGNED, OPEN = "assets.example.com", "open.example.com"
NAMES = {"wide": "photo.jpg", "face": "portrait.jpg", "small": "with spaces.jpg"}
SETTINGS = """
[[mount]]
name = "assets"
origin = "{folder}"
dialect = "imgix"
hosts = ["{signed}"]
tokens = ["{token}"]
signed = true

[[mount]]
name = "open"
origin = "{folder}"
dialect = "imgix"
hosts = ["{open}"]
"""
SCREENS = {"desktop": (1280, 2300, 1), "phone": (390, 3900, 2)}
"""Width and height of the screen in CSS pixels, high enough that the whole page is seen, and its density."""


@pytest.fixture(scope="module")
def server(module_serve, photos, face_models):
    return module_serve(settings=SETTINGS.format(folder=photos, signed=SIGNED, open=OPEN, token=TOKEN))


@pytest.fixture(scope="module")
def site(clients):
    """The page, on a web server of its own."""
    html = clients.run("page.mjs", {"signed": SIGNED, "open": OPEN, "token": TOKEN} | NAMES)
    with hosting({"/site.html": html.encode()}) as port:
        yield f"http://127.0.0.1:{port}/site.html"


@pytest.fixture(scope="module")
def browser(program, server, tmp_path_factory):
    hosts = {SIGNED: server.port, OPEN: server.port}
    with browsing.chromium(program, tmp_path_factory.mktemp("profile"), hosts) as made:
        yield made


@pytest.fixture(scope="module")
def originals(photos):
    found = {}
    for name in NAMES.values():
        with Image.open(photos / name) as image:
            found[name] = Picture(name, *image.size)
    return found


def rule_of(url, originals):
    parts = urlsplit(url)
    return imgix_rules.expected(parts.query, originals[unquote(parts.path.removeprefix("/"))])


@pytest.mark.parametrize("screen", SCREENS)
def test_every_picture_of_the_page_is_shown(browser, server, site, originals, screen):
    browser.look_as(*SCREENS[screen])
    browser.traffic()
    browser.open(site)
    pictures = browser.pictures()
    _, came = browser.traffic()
    kinds = {arrival.url: arrival.kind for arrival in came}
    seen = browser.screenshot()
    assert browser.complaints() == []
    assert {arrival.address for arrival in came} == {"127.0.0.1"}
    assert {arrival.status for arrival in came} == {200}
    assert len(pictures) >= 14
    for picture in pictures:
        url = picture["source"]
        assert picture["complete"], picture
        assert urlsplit(url).hostname in {SIGNED, OPEN}, picture
        assert rule_of(url, originals).is_met_by(*picture["pixels"]), picture
        assert_natural(picture)
        assert kinds[url] in ({"image/avif", "image/webp"} if "auto=" in url else {"image/jpeg"}), picture
        assert_shown(picture, seen, browser.density, server)


def assert_natural(picture):
    """A picture has the pixels of what came, divided by the density of its place in the srcset."""
    (width, height), (across, down) = picture["natural"], picture["pixels"]
    lines = [line for srcset in picture["srcsets"] for line in re.split(r",\s+", srcset)]
    places = [
        place for url, place in (line.split(" ") for line in lines) if url.replace("'", "%27") == picture["source"]
    ]
    if not places:
        assert picture["source"] == picture["plain"], "it is of no srcset"
        assert (width, height) == (across, down), picture
        return
    density = float(places[0][:-1]) if places[0].endswith("x") else across / width
    assert (width, height) == pytest.approx((across / density, down / density), abs=1), picture


def assert_shown(picture, seen, density, server):
    """What is seen at its place is the picture that the server has, and no empty box."""
    part = seen.crop(tuple(round(edge * density) for edge in picture["box"]))
    assert max(ImageStat.Stat(part).stddev) > 8, picture
    if picture["fills"] or picture["kind"] == "avatar":
        return  # a part of it, or under round corners
    parts = urlsplit(picture["source"])
    body = get_raw(server.port, f"{parts.path}?{parts.query}", host=parts.hostname, accept="image/webp")[2]
    assert distance(part, opened(body)) < 5, picture


@pytest.mark.timeout(300)
def test_the_next_visitor_gets_avif(browser, server, site):
    browser.look_as(*SCREENS["desktop"])
    browser.open(site)
    (url,) = [picture["source"] for picture in browser.pictures() if picture["alt"] == "unpic"]
    parts = urlsplit(url)

    def kind():
        return get_raw(server.port, f"{parts.path}?{parts.query}", host=OPEN, accept=CHROME)[1]["content-type"]

    eventually(lambda: kind() == "image/avif", 200, "it is AVIF")
    browser.traffic()
    browser.open(site)
    assert [arrival.kind for arrival in browser.traffic()[1] if arrival.url == url] == ["image/avif"]
    (picture,) = [picture for picture in browser.pictures() if picture["source"] == url]
    assert picture["pixels"] == [320, 200]


def test_each_screen_is_given_the_width_that_it_needs(browser, site):
    def chosen(screen):
        browser.look_as(*SCREENS[screen])
        browser.open(site)
        return {picture["alt"]: picture["pixels"][0] for picture in browser.pictures()}

    desktop, phone = chosen("desktop"), chosen("phone")
    assert (desktop["hero"], phone["hero"]) == (1732, 828)
    assert (desktop["fixed"], phone["fixed"]) == (256, 640)
    assert (desktop["dense"], phone["dense"]) == (150, 300)
    assert (desktop["unpic"], phone["unpic"]) == (320, 640)
    assert (desktop["art direction"], phone["art direction"]) == (600, 300)


def test_a_picture_that_was_tampered_with_is_not_shown(browser, server, site):
    """The browser itself asks for a signed URL with one byte changed."""
    browser.open(site)
    url = next(picture["source"] for picture in browser.pictures() if picture["alt"] == "fluid")
    script = "const done = arguments[1], image = new Image(); image.onload = () => done(true); image.onerror = () => done(false); image.src = arguments[0];"
    assert browser.driver.execute_async_script(script, url) is True
    assert browser.driver.execute_async_script(script, url.replace("fit=crop", "fit=crap")) is False
    assert get_raw(server.port, urlsplit(url).path, host=SIGNED, accept=CHROME)[0] == 403
