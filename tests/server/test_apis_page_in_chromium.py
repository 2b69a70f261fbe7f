"""The page that shows the OpenAPI document, in a real browser: all of it, in light and dark, and from this machine alone."""

from urllib.parse import urlsplit

import browsing
import pytest
from PIL import ImageStat
from serving import eventually

_LISTED = "return [...document.querySelectorAll('section > details')].filter((box) => !box.hidden).map((box) => box.firstChild.innerText.trim());"
_WIDER = "return document.documentElement.scrollWidth - document.documentElement.clientWidth;"


@pytest.fixture(scope="module")
def browser(program, tmp_path_factory):
    with browsing.chromium(program, tmp_path_factory.mktemp("profile"), {}) as made:
        made.look_as(1280, 1000)
        yield made


@pytest.fixture(scope="module")
def operations(server):
    """Each operation of the document, as the page's lines begin."""
    paths = server.get("/v1/openapi.json").json()["paths"]
    return [f"{method.upper()}{path}" for path, item in paths.items() for method in item]


@pytest.fixture
def page(browser, server):
    browser.traffic()
    browser.complaints()
    browser.open(f"{server.url}/v1/docs")
    eventually(lambda: browser.run(_LISTED), why="the page is drawn")
    return browser


def test_the_page_lists_every_operation_once(page, operations):
    listed = page.run(_LISTED)
    assert len(listed) == len(operations) > 30
    squeezed = ["".join(line.split()) for line in listed]
    for operation in operations:
        assert sum(line.startswith(operation) for line in squeezed) >= 1, operation


def test_the_page_asks_for_itself_and_the_document_and_for_nothing_else(page, server):
    page.run("document.querySelectorAll('details').forEach((box) => { box.open = true; });")
    asked, came = page.traffic()
    assert asked == {f"{server.url}/v1/docs", f"{server.url}/v1/openapi.json"}
    assert {arrival.address for arrival in came} == {"127.0.0.1"}
    assert {urlsplit(arrival.url).port for arrival in came} == {server.port}
    assert page.complaints() == []


def test_what_the_policy_forbids_is_not_fetched(page, server):
    """The policy holds in the browser, not only in the header."""
    script = """
    const done = arguments[arguments.length - 1], image = new Image();
    image.onload = () => done("loaded");
    image.onerror = () => fetch("http://127.0.0.2/").then(() => done("fetched"), () => done("refused"));
    image.src = "/img/photo.jpg?w=20";
    """
    page.traffic()
    assert page.driver.execute_async_script(script) == "refused"
    assert [arrival for arrival in page.traffic()[1] if "/img/" in arrival.url] == []
    assert any("Content Security Policy" in line for line in page.complaints())


def test_every_operation_opens_and_shows_its_command_and_answers(page, operations):
    page.run("document.querySelectorAll('section > details').forEach((box) => { box.open = true; });")
    commands = "return [...document.querySelectorAll('section > details > pre')].map((box) => box.innerText);"
    found = eventually(lambda: (told := page.run(commands)) and len(told) == len(operations) and told)
    assert all(command.startswith("curl ") for command in found)
    assert not [command for command in found if "undefined" in command or "[object" in command]
    told = page.run("return document.getElementById('operations').innerText;")
    assert not [word for word in ("undefined", "Default: null", "`") if word in told], "what is written is for people"
    assert page.complaints() == []


def test_find_leaves_what_has_the_word(page, operations):
    page.run(
        "const box = document.getElementById('find'); box.value = 'analyze'; box.dispatchEvent(new Event('input'));"
    )
    left = page.run(_LISTED)
    assert 0 < len(left) < len(operations)
    assert all("analy" in line.lower() for line in left)
    heads = page.run("return [...document.querySelectorAll('section:not([hidden]) h2')].length;")
    assert 0 < heads < page.run("return document.querySelectorAll('section').length;"), (
        "families of which nothing is left go"
    )


@pytest.mark.parametrize(("scheme", "low", "high"), [("light", 215, 255), ("dark", 0, 60)])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_is_light_or_dark_and_as_wide_as_the_screen(page, scheme, low, high, width):
    page.look_as(width, 1000, scheme=scheme)
    page.run("document.querySelector('section > details').open = true;")
    seen = page.screenshot().convert("L")
    assert low <= ImageStat.Stat(seen).median[0] <= high
    darkest, lightest = seen.getextrema()
    assert lightest - darkest > 150, "what is written can be read"
    assert page.run(_WIDER) == 0
