from urllib.parse import quote

import pytest

from imgcdn import errors
from imgcdn.dialects import native
from imgcdn.model.media import Format
from imgcdn.model.spec import Ask, Delivery, SourceRef, Spec


def ask(query: str, path: str = "a/b.jpg", **rest) -> Ask:
    return native.parse("img", path, query, **rest)


def test_an_ask_names_mount_and_path_and_says_nothing_that_the_url_did_not():
    assert ask("") == Ask(SourceRef("img", "a/b.jpg"), Spec(), Delivery())


def test_parameters_go_to_the_spec_and_hand_over_goes_to_delivery():
    found = ask("w=400&format=webp&dl=team.jpg&v=3")
    assert found.spec == Spec(width=400, format=Format.WEBP)
    assert found.delivery == Delivery(download="team.jpg", version="3")


def test_delivery_is_not_in_the_canonical_text():
    assert native.canonical(ask("w=400&dl=team.jpg&v=3").spec) == "w=400"


def test_an_unknown_parameter_is_refused_in_strict_with_the_known_ones_named():
    with pytest.raises(errors.UnknownParameterError) as caught:
        ask("w=400&zzz=1")
    assert caught.value.param == "zzz"
    assert "there is no parameter zzz: expected one of w, h, ar" in caught.value.detail


@pytest.mark.parametrize(
    ("key", "nearest"),
    [
        ("wdth", "width"),
        ("heigth", "height"),
        ("W", "w"),
        ("GRAVITY", "gravity"),
        ("qq", "q"),
        ("formt", "format"),
        ("jpgprogressive", "jpgProgressive"),
        ("faceindex", "face_index"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest_known_name(key, nearest):
    with pytest.raises(errors.UnknownParameterError, match=f"nearest known name is {nearest}:"):
        ask(f"{key}=1")


@pytest.mark.parametrize("key", ["", "\0", "\x1b[31m", "x" * 10_000, "w\n", "ｗ", "w ", "😀"])
def test_a_hostile_name_is_refused_in_few_printable_words(key):
    with pytest.raises(errors.UnknownParameterError) as caught:
        ask(f"{quote(key)}=1")
    assert caught.value.detail.isprintable()
    assert len(caught.value.detail) < 500
    assert len(caught.value.param) <= 80


def test_a_lenient_mount_ignores_unknown_parameters_and_lists_them():
    found = ask("ixlib=py&w=400&utm%0Asource=x", strict=False)
    assert found.spec == Spec(width=400)
    assert found.delivery.ignored == ("ixlib", "utm\N{REPLACEMENT CHARACTER}source")


def test_ignored_parameters_do_not_change_the_canonical_text():
    assert native.canonical(ask("w=400&ixlib=py", strict=False).spec) == native.canonical(ask("w=400").spec)


def test_a_lenient_mount_still_refuses_a_bad_value_of_a_known_parameter():
    with pytest.raises(errors.InvalidParameterError, match="w=0"):
        ask("w=0", strict=False)


def test_a_repeated_parameter_is_refused_in_strict():
    with pytest.raises(errors.ConflictingParametersError, match="w is given more than once") as caught:
        ask("w=400&h=300&w=400")
    assert caught.value.param == "w"
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("w=400&width=400", "width and w"),
        ("crop=smart&gravity=face", "gravity and crop"),
        ("g=face&gravity=face", "gravity and g"),
    ],
)
def test_two_parameters_that_set_the_same_are_refused_in_strict_with_both_named(query, names):
    with pytest.raises(errors.ConflictingParametersError, match=f"{names} say the same thing"):
        ask(query)


@pytest.mark.parametrize("query", ["w=300&w=40", "width=300&w=40", "w=40&h=3&w=300", "%77=300&w=40"])
@pytest.mark.parametrize("sig", ["sig=x", "%73ig=x"])
def test_a_repeated_parameter_of_a_signed_url_is_refused_in_lenient_too(query, sig):
    with pytest.raises(errors.ConflictingParametersError) as caught:
        native.parse("img", "a.jpg", f"{query}&{sig}", strict=False)
    assert caught.value.param == "w"


def test_the_last_of_repeated_parameters_wins_in_lenient_whatever_name_it_has():
    assert ask("w=400&width=500", strict=False).spec.width == 500
    assert ask("crop=smart&g=face", strict=False).spec.gravity == ("face",)
    assert ask("g=face&crop=smart", strict=False).spec.gravity == ("smart",)


@pytest.mark.parametrize("query", ["w=%ff", "dl=%C3%28", "%E9=1", "dl=%ED%A0%80"])
def test_percent_codes_that_are_not_utf8_are_refused(query):
    with pytest.raises(errors.InvalidParameterError, match="not UTF-8"):
        ask(query)


def test_two_hundred_parameters_are_read_and_one_more_is_refused():
    assert ask("&".join("w=1" for _ in range(200)), strict=False).spec.width == 1
    with pytest.raises(errors.InvalidParameterError, match="at most 200"):
        ask("&".join("w=1" for _ in range(201)), strict=False)


def test_empty_pieces_of_a_query_mean_nothing():
    assert ask("&&w=400&").spec == Spec(width=400)


def test_a_semicolon_separates_nothing():
    with pytest.raises(errors.InvalidParameterError, match="w=400;h=300"):
        ask("w=400;h=300")


def test_a_broken_percent_code_is_taken_as_it_stands():
    assert ask("fp=30%,40%").spec.focal_point == ask("fp=30%25,40%25").spec.focal_point


@pytest.mark.parametrize("raw", ["%ff", "a/%C3%28.jpg"])
def test_a_path_that_is_not_utf8_is_refused_and_shown_as_it_came(raw):
    with pytest.raises(errors.InvalidParameterError) as caught:
        native.decode_path(raw)
    assert caught.value.param == "path"
    assert raw in caught.value.detail


def test_a_path_is_decoded_once():
    assert native.decode_path("a%2520b/%C3%BC+1.jpg") == "a%20b/ü+1.jpg"
