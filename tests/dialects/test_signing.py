"""Signed URLs: every spelling of what we signed holds, and nothing else does."""

import base64
import hashlib
import hmac
from urllib.parse import parse_qsl, quote, quote_plus, unquote_to_bytes

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from imgcdn import errors
from imgcdn.dialects import native
from imgcdn.dialects.mounts import Mount, Mounts
from imgcdn.dialects.settings import SigningSettings
from imgcdn.dialects.signing import Signing, canonical_query, is_signed

NOW = 1_000_000_000
OLD, NEW = "an-older-secret-of-ours", "a-newer-secret-of-ours"
KEYS = {"new": NEW, "old": OLD}
PATH, QUERY = "/img/a%20b/c.jpg", "w=400&h=300&gravity=face"

quick = settings(max_examples=200, deadline=None)


def signing(keys=None, now: float = NOW) -> Signing:
    return Signing(KEYS if keys is None else keys, lambda: now)


def signed(path: str = PATH, query: str = QUERY, **more) -> tuple[str, str]:
    path, _, query = signing().sign(path, query, **more).partition("?")
    return path, query


def holds(path: str, query: str, **more) -> bool:
    try:
        signing(**more).verify(path, query)
    except errors.BadSignatureError:
        return False
    return True


def test_a_signature_is_what_the_specification_says_so_that_others_can_make_it():
    """HMAC-SHA256 over path, question mark and sorted query, in base64url without padding."""
    text = "/img/a%20b/c.jpg?exp=1000000060&gravity=face%2Cnorth&h=300&kid=new&w=400"
    digest = hmac.new(NEW.encode(), text.encode(), hashlib.sha256).digest()
    sig = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert len(sig) == 43
    made = signing().sign(PATH, "w=400&gravity=face,north&h=300", expires_at=NOW + 60)
    assert made == f"{text}&sig={sig}"
    signing().verify(PATH, f"sig={sig}&w=400&h=300&gravity=face,north&kid=new&exp=1000000060")


def test_what_was_signed_is_understood_as_what_was_asked():
    path, query = signed(expires_at=NOW)
    ask = native.parse("img", path, query)
    assert ask.spec == native.parse("img", path, QUERY).spec
    assert (ask.delivery.expires_at, ask.delivery.key_id) == (NOW, "new")


def test_every_live_key_verifies_and_the_first_signs():
    assert dict(parse_qsl(signed()[1]))["kid"] == "new"
    assert dict(parse_qsl(signed(key_id="old")[1]))["kid"] == "old"
    assert holds(*signed(key_id="old"))
    assert holds(*signed(key_id="old"), keys={"old": OLD})
    assert not holds(*signed(key_id="old"), keys={"new": NEW})


def test_a_url_without_kid_is_tried_with_every_key():
    for secret in (OLD, NEW):
        text = f"{PATH}?w=400"
        sig = base64.urlsafe_b64encode(hmac.digest(secret.encode(), text.encode(), "sha256")).decode().rstrip("=")
        assert holds(PATH, f"w=400&sig={sig}")
        assert not holds(PATH, f"w=400&sig={sig}", keys={"other": "x" * 16})


def test_a_kid_that_is_not_known_or_is_anothers_does_not_hold():
    path, query = signed()
    for other in ("old", "nope", "", "NEW"):
        assert not holds(path, query.replace("kid=new", f"kid={other}"))
    assert not holds(path, query.replace("&kid=new", ""))


def test_nothing_holds_without_keys():
    assert not signing({}).has_keys
    assert not holds(*signed(), keys={})


def test_signing_with_a_key_that_is_not_there_names_those_that_are():
    with pytest.raises(errors.InvalidParameterError, match="kid=nope is not a key: expected one of new, old"):
        signing().sign(PATH, QUERY, key_id="nope")
    with pytest.raises(errors.InvalidParameterError, match="the settings have no signing keys"):
        signing({}).sign(PATH, QUERY)


def test_a_missing_signature_is_named():
    with pytest.raises(errors.BadSignatureError, match="sig is missing") as caught:
        signing().verify(PATH, QUERY)
    assert (caught.value.status, caught.value.param) == (403, "sig")


@pytest.mark.parametrize("name", ["sig", "kid", "exp"])
def test_proofs_that_are_given_twice_do_not_hold_even_when_signed_like_that(name):
    path, query = signed(expires_at=NOW)
    value = dict(parse_qsl(query))[name]
    for pair in (f"{name}={value}", f"{name}=", name):
        with pytest.raises(errors.BadSignatureError, match=f"{name} is given more than once"):
            signing().verify(path, f"{query}&{pair}")
    text = f"exp={NOW}&exp={NOW + 9}&w=400"
    sig = base64.urlsafe_b64encode(hmac.digest(NEW.encode(), f"{PATH}?{text}".encode(), "sha256")).decode().rstrip("=")
    assert not holds(PATH, f"{text}&sig={sig}")


@pytest.mark.parametrize(
    ("now", "is_over"), [(NOW - 1, False), (NOW, False), (NOW + 0.999, False), (NOW + 1, True), (NOW + 1e9, True)]
)
def test_the_last_second_is_part_of_the_time(now, is_over):
    made = signed(expires_at=NOW)
    if is_over:
        with pytest.raises(errors.UrlExpiredError, match=f"exp={NOW} has passed") as caught:
            signing(now=now).verify(*made)
        assert (caught.value.status, caught.value.param) == (410, "exp")
    else:
        signing(now=now).verify(*made)


def test_a_bad_signature_is_refused_before_its_time_is_looked_at():
    path, query = signed(expires_at=NOW - 10)
    assert not holds(path, query.replace(f"exp={NOW - 10}", f"exp={NOW + 10}"))
    assert not holds(path, query.replace("w=400", "w=401"))


def test_a_time_that_is_none_is_refused_even_when_signed():
    for text in ("soon", "", "1e9", "9" * 30):
        with pytest.raises(errors.InvalidParameterError, match="exp="):
            signing().verify(*signed(query=f"w=400&exp={text}"))


def test_signing_again_replaces_the_proofs_and_keeps_the_time_unless_told_another():
    path, query = signed(expires_at=NOW)
    assert signed(path, query) == (path, query)
    assert f"exp={NOW + 5}" in signed(path, query, expires_at=NOW + 5)[1]
    assert holds(*signed(path, query, expires_at=NOW + 5, key_id="old"))


# Every spelling of one URL holds


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
names = texts.filter(lambda name: name not in {"sig", "kid", "exp", ""})
pairs = st.lists(st.tuples(names, texts), max_size=6)


def spelt(draw, text: str) -> str:
    """Spell a text for a query: spaces either way, capitals or not in codes, more encoded than needed or not."""
    out = []
    for char in text:
        code = "".join(f"%{byte:02X}" for byte in char.encode())
        ways = [code, code.lower(), quote_plus(char), quote(char, safe="")]
        if char.isascii() and char.isprintable() and char not in "&=+%#; ":
            ways.append(char)
        out.append(draw(st.sampled_from(ways)))
    return "".join(out)


@quick
@given(pairs, st.data())
def test_order_and_spelling_of_parameters_do_not_matter(listed, data):
    path, query = signed(query="&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in listed))
    decoded = parse_qsl(query, keep_blank_values=True)
    shuffled = data.draw(st.permutations(decoded))
    other = "&".join(f"{spelt(data.draw, name)}={spelt(data.draw, value)}" for name, value in shuffled)
    assert holds(path, other)
    assert canonical_query(other) == canonical_query(query)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("dl=a+b", "dl=a%20b"),
        ("flip", "flip="),
        ("a=1&a=2", "a=2&a=1"),
        ("&&w=1&", "w=1"),
        ("gravity=face,north", "gravity=face%2cnorth"),
        ("dl=K%C3%B6ln", "dl=K%c3%b6ln"),
        ("%77=1", "w=1"),
        ("x=~", "x=%7E"),
        ("x=%ff", "x=%FF"),
    ],
)
def test_two_spellings_of_one_query_have_one_signature(one, other):
    path, query = signed(query=one)
    sig = dict(parse_qsl(query))["sig"]
    assert holds(path, f"kid=new&{other}&sig={sig}")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("dl=a+b", "dl=a%2Bb"),
        ("flip=", "flip=1"),
        ("a=1&a=2", "a=1"),
        ("a=1", "a=1&a=1"),
        ("a=1&b=2", "a=1%26b=2"),
        ("a=1", "A=1"),
        ("x=%ff", "x=%C3%BF"),
        ("x=%ff", "x=%EF%BF%BD"),
        ("w=1", "w=1&v=2"),
        ("w=1", ""),
    ],
)
def test_two_queries_that_say_different_things_do_not_share_a_signature(one, other):
    path, query = signed(query=one)
    sig = dict(parse_qsl(query, errors="replace"))["sig"]
    assert not holds(path, f"kid=new&{other}&sig={sig}")


@pytest.mark.parametrize("path", ["/img/a b.jpg", "/img/a%20b.jpg", "/img/%61%20b.jpg"])
def test_spellings_of_one_path_have_one_signature(path):
    assert holds(signed("/img/a b.jpg")[0], signed("/img/a b.jpg")[1])
    assert holds(path, signed("/img/a b.jpg")[1])


def test_a_signer_who_signs_the_path_as_it_stands_in_the_url_is_understood():
    for path in ("/img/photo(1),'2'.jpg", "/img/K%c3%b6ln.jpg", "/img/a%2Fb@2x.jpg"):
        sig = (
            base64.urlsafe_b64encode(hmac.digest(NEW.encode(), f"{path}?w=400".encode(), "sha256")).decode().rstrip("=")
        )
        assert holds(path, f"w=400&sig={sig}")


def test_an_encoded_slash_is_not_a_slash():
    assert not holds("/img/a/b.jpg", signed("/img/a%2Fb.jpg")[1])
    assert not holds("/img/a%2Fb.jpg", signed("/img/a/b.jpg")[1])


# Nothing else holds


@quick
@given(st.integers(0, 42), st.characters(exclude_categories=["Cs"]))
def test_a_signature_with_another_character_anywhere_does_not_hold(place, char):
    path, query = signed()
    head, _, sig = query.partition("sig=")
    assume(sig[place] != char)
    other = sig[:place] + char + sig[place + 1 :]
    assert not holds(path, f"{head}sig={quote(other, safe='')}")


@pytest.mark.parametrize("count", range(5))
def test_the_bits_that_base64_leaves_over_do_not_make_a_second_signature(count):
    path, query = signed(query=f"w={count + 1}")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    decoded = base64.urlsafe_b64decode(query[-43:] + "=")
    same = [char for char in alphabet if base64.urlsafe_b64decode(query[-43:-1] + char + "=") == decoded]
    assert len(same) == 4
    assert [char for char in same if holds(path, query[:-1] + char)] == [query[-1]]


@pytest.mark.parametrize("change", ["{}=", "{}%3D", "{}A", "{}%00", " {}", "{}%0A", "", "%ff", "%FF{}", "{}{}", "é"])
def test_a_signature_with_more_or_less_around_it_does_not_hold(change):
    path, query = signed()
    head, _, sig = query.partition("sig=")
    assert not holds(path, f"{head}sig={change.format(sig, sig)}")


def test_a_signature_in_the_other_alphabet_of_base64_does_not_hold():
    made = next(made for made in (signed(query=f"w={n}") for n in range(1, 100)) if "-" in made[1][-43:])
    head, _, sig = made[1].partition("sig=")
    assert not holds(made[0], f"{head}sig={quote(sig.replace('-', '+'), safe='')}")
    assert not holds(made[0], f"{head}sig={quote(base64.urlsafe_b64decode(sig + '=').hex())}")


@settings(max_examples=400, deadline=None)
@given(st.data(), st.sampled_from(["replace", "insert", "delete"]))
def test_a_url_that_was_changed_in_one_byte_holds_only_if_it_says_the_same(data, how):
    path, query = signed(query="w=400&dl=a%20b%2Bc&flip=&v=K%C3%B6ln", expires_at=NOW)
    url = f"{path}?{query}"
    place = data.draw(st.integers(1, len(url) - 1))
    char = chr(data.draw(st.integers(0x21, 0x7E)))
    tail = url[place:] if how == "insert" else url[place + 1 :]
    changed = url[:place] + ("" if how == "delete" else char) + tail
    other_path, mark, other_query = changed.partition("?")
    meaning = ([unquote_to_bytes(part) for part in path.split("/")], sorted(parse_qsl(query, keep_blank_values=True)))
    same = (
        mark == "?"
        and [unquote_to_bytes(part) for part in other_path.split("/")] == meaning[0]
        and sorted(parse_qsl(other_query, keep_blank_values=True, errors="surrogateescape")) == meaning[1]
    )
    assert holds(other_path, other_query) == same


@quick
@given(st.text(max_size=60), st.text(max_size=200))
def test_any_text_is_refused_in_order(path, query):
    try:
        signing().verify(path, query)
    except (errors.BadSignatureError, errors.InvalidParameterError):
        return
    raise AssertionError("it held")


@quick
@given(
    st.lists(
        st.sampled_from(
            ["sig", "sig=x", "%73ig=1", "s%69%67", "+sig=1", "sig%20=", "sigs=1", "a=sig", "w=%6", "=sig", ""]
        )
    )
    | st.lists(st.text("sig%73&=+;", max_size=8))
)
def test_a_query_carries_a_signature_where_one_parameter_is_named_so_however_it_is_spelt(pieces):
    query = "&".join(pieces)
    assert is_signed(query) == any(name == "sig" for name, _ in parse_qsl(query, keep_blank_values=True))


def test_a_query_without_end_is_refused():
    with pytest.raises(errors.InvalidParameterError, match="at most 200"):
        signing().verify(PATH, "&".join(["w=1"] * 201))


# Mounts


def mounts(*, keys=None, now: float = NOW) -> Mounts:
    return Mounts(
        [Mount("img", is_signed=True), Mount("open"), Mount("loose", is_strict=False)],
        {"small": "w=10"},
        signing(keys, now),
    )


def test_a_signed_mount_takes_what_we_signed_and_says_so():
    path, query = signed("/img/a.jpg")
    ask = mounts().ask("", path, query)
    assert ask.delivery.is_signed
    assert ask.spec == native.parse("img", "a.jpg", QUERY).spec


@pytest.mark.parametrize("query", ["", "w=400", "w=400&exp=2000000000&kid=new", "wrong=1"])
def test_a_signed_mount_refuses_what_nobody_signed_before_it_is_even_read(query):
    with pytest.raises(errors.BadSignatureError, match="sig is missing"):
        mounts().ask("", "/img/a.jpg", query)


def test_an_open_mount_takes_both_and_tells_them_apart():
    assert not mounts().ask("", "/open/a.jpg", QUERY).delivery.is_signed
    assert mounts().ask("", *signed("/open/a.jpg")).delivery.is_signed


def test_a_bad_signature_is_refused_on_open_mounts_too():
    path, query = signed("/open/a.jpg")
    with pytest.raises(errors.BadSignatureError, match="sig does not fit"):
        mounts().ask("", path, query.replace("w=400", "w=4000"))
    with pytest.raises(errors.BadSignatureError):
        mounts(keys={"x": "y" * 16}).ask("", path, query)


def test_a_signature_is_for_one_path():
    _, query = signed("/open/a.jpg")
    for path in ("/open/b.jpg", "/img/a.jpg", "/open/a.jpg/p/small", "/open//a.jpg", "/open/a.jpg/"):
        with pytest.raises(errors.BadSignatureError):
            mounts().ask("", path, query)


@pytest.mark.parametrize("mount", ["open", "loose"])
def test_the_end_of_an_unsigned_url_counts_too(mount):
    assert mounts(now=NOW).ask("", f"/{mount}/a.jpg", f"exp={NOW}").delivery.expires_at == NOW
    with pytest.raises(errors.UrlExpiredError):
        mounts(now=NOW + 1).ask("", f"/{mount}/a.jpg", f"exp={NOW}")


def test_who_has_shown_an_api_key_needs_no_signature():
    ask = mounts().ask("", "/img/a.jpg", "w=400", is_trusted=True)
    assert ask.spec.width == 400
    assert ask.delivery.is_signed, "visitors could ask for it only with a signature"


def test_who_has_shown_an_api_key_names_the_picture_that_a_visitor_would_get():
    asked = [
        mounts().ask("", "/open/a.jpg", "w=400", is_trusted=True),
        mounts().ask("", "/open/a.jpg", f"w=400&sig={'x' * 43}", is_trusted=True),
    ]
    assert [ask.delivery.is_signed for ask in asked] == [False, True]


def test_proofs_never_change_what_is_asked():
    one = mounts().ask("", *signed("/open/a.jpg", expires_at=NOW + 9))
    other = mounts().ask("", *signed("/open/a.jpg", key_id="old"))
    plain = mounts().ask("", "/open/a.jpg", QUERY)
    assert one.spec == other.spec == plain.spec
    assert native.canonical(one.spec) == native.canonical(plain.spec)


def test_a_mount_that_nobody_can_sign_for_stops_the_start():
    with pytest.raises(errors.SettingsError, match="mount img takes signed URLs only, but there is no key"):
        mounts(keys={})
    with pytest.raises(errors.SettingsError):
        Mounts([Mount("img", is_signed=True)], {})


# Settings


def test_keys_are_kept_in_their_order_and_never_printed():
    made = SigningSettings.model_validate({"keys": {"new": NEW, "old": OLD}})
    assert list(made.secrets().items()) == [("new", NEW), ("old", OLD)]
    assert NEW not in repr(made)
    assert NEW not in str(made.model_dump())


@pytest.mark.parametrize(
    ("identity", "secret", "says"),
    [
        ("main", "x" * 15, "signing.keys.main is too short: expected at least 16 characters"),
        ("main", "", "signing.keys.main is too short"),
        ("a b", "x" * 16, "signing.keys.a b cannot be used: expected a name"),
        ("", "x" * 16, "expected a name"),
        ("ä", "x" * 16, "expected a name"),
        ("a" * 33, "x" * 16, "expected a name"),
    ],
)
def test_a_key_that_cannot_be_used_stops_the_start_and_its_secret_is_not_shown(identity, secret, says):
    with pytest.raises(errors.SettingsError) as caught:
        SigningSettings.model_validate({"keys": {identity: secret}})
    assert says in str(caught.value)
    assert not secret or secret not in str(caught.value)


def test_sixteen_characters_are_enough():
    assert SigningSettings.model_validate({"keys": {"main": "x" * 16}}).secrets() == {"main": "x" * 16}


def test_what_is_no_table_of_keys_is_refused():
    with pytest.raises(ValidationError):
        SigningSettings.model_validate({"keys": ["x" * 16]})


def test_a_servers_own_key_signs_where_the_settings_have_none_and_is_verified_beside_theirs():
    own, with_keys = Signing({}, lambda: 0.0), Signing({"main": "0123456789abcdef"}, lambda: 0.0)
    for signing in (own, with_keys):
        signing.take_own(b"x" * 32)
        signing.take_own(b"x" * 32)
    signed = own.sign("/img/a.jpg", "w=4")
    assert "kid=own" in signed
    for signing in (own, with_keys):
        signing.verify(*signed.split("?"))
    theirs = with_keys.sign("/img/a.jpg", "w=4")
    assert "kid=main" in theirs
    with pytest.raises(errors.BadSignatureError):
        own.verify(*theirs.split("?"))
    with pytest.raises(errors.BadSignatureError):
        own.verify("/img/a.jpg", signed.partition("?")[2].replace("w=4", "w=5"))
