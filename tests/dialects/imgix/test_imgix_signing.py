"""Signatures against imgix' own Python client, and against anybody who changes a byte."""

from hashlib import md5
from urllib.parse import quote, quote_plus, unquote, urlsplit

import imgix
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgcdn import errors
from imgcdn.dialects.imgix import signing
from imgcdn.dialects.mounts import Mount, Mounts
from imgcdn.dialects.signing import Signing
from imgcdn.model.spec import SourceRef
from imgcdn.settings import MountSettings, Settings, mounts_of

TOKEN, OLD = "aaAAbbBB11223344", "an-older-token"
HOST = "assets.example.com"
MOUNTS = Mounts(
    [
        Mount("assets", "imgix", is_strict=False, hosts=(HOST,), is_signed=True, tokens=(TOKEN, OLD)),
        Mount("web", "imgix", False, ("web.example.com",), is_proxy=True, is_signed=True, tokens=(TOKEN,)),
        Mount("open", "imgix", is_strict=False, tokens=(TOKEN,)),
        Mount("bare", "imgix", is_strict=False),
        Mount("img"),
    ],
    {},
    Signing({"main": "a-key-of-this-server"}, lambda: 1_800_000_000.0),
)

letters = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"))
names = st.sampled_from(["w", "txt", "utm source", "größe", "a+b", "fit", "fp-x", "mark64", "x"])
texts = st.text(letters, max_size=12) | st.sampled_from(
    ["", "a b", "a+b", "100%", "ä&=?#", "https://e.com/a b.png?x=1"]
)
paths = (
    st.lists(st.text(letters, min_size=1, max_size=10), min_size=1, max_size=4)
    .map("/".join)
    .filter(lambda path: not path.startswith(("/", "http")))
)
queries = st.dictionaries(names, texts | st.integers(0, 9000) | st.lists(texts, min_size=1, max_size=3), max_size=5)
many = settings(max_examples=1000, deadline=None)


def wire(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.path, parts.query


def built(path: str, params: dict[str, object], token: str = TOKEN, *, with_library: bool = False) -> tuple[str, str]:
    builder = imgix.UrlBuilder(HOST, sign_key=token, include_library_param=with_library)
    return wire(builder.create_url(path, params))


@many
@given(paths, queries, st.booleans())
def test_every_url_that_the_client_makes_verifies(path, params, with_library):
    signing.verify([OLD, TOKEN], *built(path, params, with_library=with_library))


@many
@given(paths, queries, st.data())
def test_no_url_verifies_with_one_byte_changed(path, params, data):
    raw, query = built(path, params)
    whole = f"{raw}?{query}"
    place = data.draw(st.integers(0, len(whole) - 1))
    letter = data.draw(st.integers(0x21, 0x7E).map(chr).filter(lambda other: other not in {whole[place], "#"}))
    changed = whole[:place] + letter + whole[place + 1 :]
    path_then, _, query_then = changed.partition("?")
    with pytest.raises(errors.BadSignatureError):
        signing.verify([TOKEN], path_then, query_then)


def signed_by_the_rule(path: str, pairs: list[tuple[str, str]], spell) -> tuple[str, str]:
    """Sign as imgix' documentation says, with none of our code: names may repeat, and keep their order."""
    raw = "/" + quote(path)
    query = "&".join(f"{spell(name)}={spell(text)}" for name, text in pairs)
    s = md5(f"{TOKEN}{raw}{'?' if query else ''}{query}".encode(), usedforsecurity=False).hexdigest()
    return raw, f"{query}&s={s}" if query else f"s={s}"


several = st.lists(st.tuples(names, texts), max_size=6)
spellings = st.sampled_from([quote, quote_plus, lambda text: quote(text, safe="/:,+*")])


@many
@given(paths, several, spellings, st.data())
def test_repeated_and_empty_parameters_verify_as_they_came_and_with_one_byte_changed_they_do_not(
    path, pairs, spell, data
):
    raw, query = signed_by_the_rule(path, pairs, spell)
    signing.verify([TOKEN], raw, query)
    whole = f"{raw}?{query}"
    place = data.draw(st.integers(0, len(whole) - 1))
    # Any byte that can be in a request line: Latin-1 is how the server sees those beyond ASCII.
    letter = data.draw(st.integers(0x21, 0xFF).map(chr).filter(lambda other: other not in {whole[place], "#", "\x7f"}))
    raw, _, query = f"{whole[:place]}{letter}{whole[place + 1 :]}".partition("?")
    with pytest.raises(errors.BadSignatureError):
        signing.verify([TOKEN], raw, query)


def test_a_signature_is_md5_over_token_path_and_query():
    assert (
        signing.sign("tok", "/a%20b.jpg", "w=4&h=3") == md5(b"tok/a%20b.jpg?w=4&h=3", usedforsecurity=False).hexdigest()
    )
    assert signing.sign("tok", "/a.jpg", "") == md5(b"tok/a.jpg", usedforsecurity=False).hexdigest()


def test_bytes_beyond_ascii_are_signed_as_they_came():
    raw = "/Köln.jpg".encode().decode("latin-1")
    assert signing.sign("t", raw, "") == md5("t/Köln.jpg".encode(), usedforsecurity=False).hexdigest()


def test_the_order_of_parameters_counts_as_the_javascript_client_leaves_it():
    s = signing.sign(TOKEN, "/a.jpg", "ixlib=js-3.8.0&w=400&h=300")
    signing.verify([TOKEN], "/a.jpg", f"ixlib=js-3.8.0&w=400&h=300&s={s}")
    with pytest.raises(errors.BadSignatureError):
        signing.verify([TOKEN], "/a.jpg", f"h=300&ixlib=js-3.8.0&w=400&s={s}")


@pytest.mark.parametrize("query", ["", "w=4", "s=", "s=abc", "w=4&S=x", "%73=x", "s=1&s=2", "s=é", "s=" + "0" * 32])
def test_what_is_no_signature_is_refused(query):
    with pytest.raises(errors.BadSignatureError) as caught:
        signing.verify([TOKEN], "/a.jpg", query)
    assert (caught.value.status, caught.value.param) == (403, "s")
    assert signing.sign(TOKEN, "/a.jpg", "") not in caught.value.detail


def test_without_a_token_nothing_verifies():
    with pytest.raises(errors.BadSignatureError):
        signing.verify([], *built("a.jpg", {}))


def test_several_tokens_verify_while_they_are_changed():
    for token in (TOKEN, OLD):
        path, query = built("a.jpg", {"w": 40}, token)
        ask = MOUNTS.ask(HOST, path, query)
        assert ask.delivery.is_signed
        assert ask.spec.width == 40
    with pytest.raises(errors.BadSignatureError):
        MOUNTS.ask(HOST, *built("a.jpg", {"w": 40}, "another"))


def test_a_signed_mount_refuses_what_is_not_signed():
    with pytest.raises(errors.BadSignatureError):
        MOUNTS.ask(HOST, "/a.jpg", "w=40")
    assert MOUNTS.ask(HOST, "/a.jpg", "w=40", is_trusted=True).delivery.is_signed


def test_an_open_mount_takes_unsigned_urls_and_checks_the_signature_that_is_there():
    assert not MOUNTS.ask("", "/open/a.jpg", "w=40").delivery.is_signed
    path, query = built("open/a.jpg", {"w": 40})
    assert MOUNTS.ask("", path, query).delivery.is_signed
    with pytest.raises(errors.BadSignatureError):
        MOUNTS.ask("", path, query.replace("w=40", "w=41"))


def test_without_tokens_s_is_ignored_and_proves_nothing():
    ask = MOUNTS.ask("", "/bare/a.jpg", "w=40&s=abc")
    assert not ask.delivery.is_signed
    assert ask.delivery.ignored == ()


def test_native_keys_sign_nothing_on_an_imgix_mount_nor_tokens_on_a_native_one():
    signed = Signing({"main": "a-key-of-this-server"}, lambda: 0.0).sign("/a.jpg", "w=40")
    with pytest.raises(errors.BadSignatureError):
        MOUNTS.ask(HOST, "/a.jpg", signed.partition("?")[2])
    with pytest.raises(errors.ImgcdnError):
        MOUNTS.ask("", *built("img/a.jpg", {}))


@pytest.mark.parametrize("url", ["https://pics.example.org/a%20b/ä.jpg?size=l&x=1", "http://e.com/a.jpg"])
def test_a_web_proxy_takes_signed_absolute_urls_alone(url):
    path, query = built(url, {"w": 40})
    ask = MOUNTS.ask("web.example.com", path, query)
    assert ask.source == SourceRef("web", unquote(path.removeprefix("/")))
    assert ask.source.path == url
    with pytest.raises(errors.BadSignatureError):
        MOUNTS.ask("web.example.com", path, "w=40")


def test_an_expired_url_is_a_404_and_one_that_holds_says_until_when():
    def ask(expires):
        return MOUNTS.ask(HOST, *built("a.jpg", {"expires": expires}))

    assert ask(1_800_000_000).delivery.expires_at == 1_800_000_000
    with pytest.raises(errors.LinkExpiredError) as caught:
        ask(1_799_999_999)
    assert (caught.value.status, caught.value.param) == (404, "expires")


def test_a_mount_that_takes_signed_urls_only_needs_a_token():
    with pytest.raises(errors.SettingsError, match=r"mount\.tokens"):
        Mounts([Mount("a", "imgix", is_signed=True)], {}, Signing({"main": "a-key-of-this-server"}, lambda: 0.0))


def test_tokens_are_in_no_text_of_a_mount():
    assert TOKEN not in repr(Mount("a", "imgix", tokens=(TOKEN,)))


def test_srcsets_of_the_client_verify():
    builder = imgix.UrlBuilder(HOST, sign_key=TOKEN)
    fluid = builder.create_srcset("a b.jpg", {"auto": "format"})
    fixed = builder.create_srcset("a b.jpg", {"w": 100})
    found = [line.split(" ")[0] for text in (fluid, fixed) for line in text.split(",\n")]
    assert len(found) > 30
    for url in found:
        assert MOUNTS.ask(HOST, *wire(url)).delivery.is_signed


def test_the_settings_keep_tokens_out_of_texts_and_errors_and_a_web_proxy_needs_one():
    def mount(**said):
        return MountSettings.model_validate({"name": "a", "origin": "proxy", "dialect": "imgix", **said})

    (made,) = mounts_of(Settings(mount=(mount(tokens=[TOKEN]),)))
    assert made.tokens == (TOKEN,)
    assert made.is_signed
    assert not made.is_strict
    assert TOKEN not in repr(mount(tokens=[TOKEN]))
    with pytest.raises(errors.SettingsError) as caught:
        mount(tokens=TOKEN)
    assert TOKEN not in str(caught.value)
    with pytest.raises(errors.SettingsError, match=r"mount\.tokens"):
        Mounts(mounts_of(Settings(mount=(mount(),))), {}, None)


def test_an_apostrophe_may_come_as_it_was_signed_or_as_browsers_spell_it():
    s = signing.sign(TOKEN, "/a.jpg", "txt=It's&w=4")
    signing.verify([OLD, TOKEN], "/a.jpg", f"txt=It's&w=4&s={s}")
    signing.verify([OLD, TOKEN], "/a.jpg", f"txt=It%27s&w=4&s={s}")
    for changed in ("txt=It%22s&w=4", "txt=Its&w=4", "txt=It%2527s&w=4", "txt=It%27s&w=5"):
        with pytest.raises(errors.BadSignatureError):
            signing.verify([TOKEN], "/a.jpg", f"{changed}&s={s}")
    s = signing.sign(TOKEN, "/It's.jpg", "")
    with pytest.raises(errors.BadSignatureError):
        signing.verify([TOKEN], "/It%27s.jpg", f"s={s}")
