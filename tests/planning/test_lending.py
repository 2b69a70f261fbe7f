"""Whose pictures may be laid over those of a mount, and which picture a name means."""

import pytest

from imgcdn import errors
from imgcdn.model.spec import SourceRef
from imgcdn.planning.lending import Lending

MOUNTS = ("img", "brand", "vault", "remote")
LENDING = Lending(proxies=frozenset({"remote"}), guarded=frozenset({"vault"}))
ON = SourceRef("img", "a/b.jpg")


def find(said, on=ON, lending=LENDING, *, is_signed=False):
    return lending.find("watermark", said, on, MOUNTS, is_signed=is_signed)


@pytest.mark.parametrize(
    ("said", "mount", "path"),
    [
        ("/brand/logo.png", "brand", "logo.png"),
        ("brand/logo.png", "brand", "logo.png"),
        ("/brand/2024/logo.png", "brand", "2024/logo.png"),
        ("logos/logo.png", "img", "logos/logo.png"),
        ("logo.png", "img", "logo.png"),
        ("brand", "img", "brand"),
        ("/img/logo.png", "img", "logo.png"),
    ],
)
def test_a_name_that_begins_with_a_mount_is_on_that_and_any_other_on_the_pictures_own(said, mount, path):
    assert find(said) == SourceRef(mount, path)


@pytest.mark.parametrize("said", ["/logos/logo.png", "/brand", "/brand/", "/logo.png"])
def test_a_slash_before_it_must_be_followed_by_a_mount_and_a_path(said):
    with pytest.raises(errors.InvalidParameterError, match="begins with no mount") as caught:
        find(said)
    assert caught.value.param == "watermark"


@pytest.mark.parametrize("said", ["a/b.jpg", "/img/a/b.jpg", "img/a/b.jpg"])
def test_no_picture_is_laid_over_itself(said):
    with pytest.raises(errors.InvalidParameterError, match="the picture itself"):
        find(said)


def test_a_mount_of_signed_urls_lends_to_signed_urls_and_to_itself_only():
    with pytest.raises(errors.NotAllowedError, match=r"expected one of img, brand$"):
        find("/vault/a.png")
    assert find("/vault/a.png", is_signed=True).mount == "vault"
    assert find("/vault/a.png", SourceRef("vault", "b.png")).mount == "vault"


def test_a_proxy_lends_to_itself_and_where_the_settings_say_it():
    with pytest.raises(errors.NotAllowedError):
        find("/remote/https://example.com/a.png")
    with pytest.raises(errors.NotAllowedError, match="no proxy lends"):
        find("https://example.com/a.png", is_signed=True)
    on = SourceRef("remote", "https://example.com/b.png")
    assert find("https://example.com/a.png", on) == SourceRef("remote", "https://example.com/a.png")
    allowing = Lending(proxies=LENDING.proxies, lenders={"img": frozenset({"img", "remote"})})
    assert find("https://example.com/a.png", lending=allowing) == SourceRef("remote", "https://example.com/a.png")


def test_a_picture_of_a_proxy_takes_whole_urls_or_paths_on_other_mounts():
    on = SourceRef("remote", "https://example.com/b.png")
    assert find("/brand/a.png", on).mount == "brand"
    with pytest.raises(errors.InvalidParameterError, match="whole URL"):
        find("a.png", on)


def test_settings_of_a_mount_say_who_lends_to_it_and_nobody_else_does():
    strict = Lending(lenders={"img": frozenset({"brand"})})
    assert find("/brand/a.png", lending=strict).mount == "brand"
    with pytest.raises(errors.NotAllowedError, match=r"expected one of brand$"):
        find("other.png", lending=strict, is_signed=True)
    nobody = Lending(lenders={"img": frozenset()})
    with pytest.raises(errors.NotAllowedError, match="no mount at all"):
        find("/brand/a.png", lending=nobody)
