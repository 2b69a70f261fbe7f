"""Presets that come and go while the server runs, beside those of its settings."""

import pytest

from imgcdn import errors
from imgcdn.dialects.mounts import Mount, Mounts
from imgcdn.dialects.presets import Presets, check_name, check_query


@pytest.fixture
def kept():
    return {"card": "w=4"}


@pytest.fixture
def presets(kept):
    made = Presets({"fixed": "w=1"})
    made.follow(lambda: kept)
    return made


def width(mounts, name):
    return mounts.ask("", "/img/a.jpg", f"preset={name}").spec.width


def test_a_preset_counts_from_the_moment_in_which_it_is_kept(presets, kept):
    mounts = Mounts([Mount("img")], presets)
    assert (width(mounts, "card"), width(mounts, "fixed")) == (4, 1)
    kept["card"] = "w=5"
    kept["new"] = "w=6"
    assert (width(mounts, "card"), width(mounts, "new")) == (5, 6)
    del kept["card"]
    with pytest.raises(errors.PresetNotFoundError) as caught:
        width(mounts, "card")
    assert "expected one of fixed, new" in caught.value.detail


def test_a_preset_of_the_settings_wins_over_one_that_is_kept(presets, kept):
    kept["fixed"] = "w=9"
    assert width(Mounts([Mount("img")], presets), "fixed") == 1
    assert sorted(presets) == ["card", "fixed"]
    assert len(presets) == 2


def test_a_kept_preset_that_this_version_cannot_read_is_the_urls_mistake(presets, kept):
    kept["old"] = "gone=1"
    with pytest.raises(errors.UnknownParameterError):
        width(Mounts([Mount("img")], presets), "old")


@pytest.mark.parametrize("name", ["", "A", "a b", "a/b", "ä", "a" * 33])
def test_a_name_is_of_few_kinds_of_letters(name):
    with pytest.raises(errors.InvalidParameterError) as caught:
        check_name(name)
    assert caught.value.param == "name"


@pytest.mark.parametrize("query", ["w=0", "nothing=1", "w=1&w=2", "preset=a", "exp=1", "sig=a", "kid=a", "w=%ff"])
def test_a_query_must_be_one_that_a_url_could_have(query):
    with pytest.raises(errors.ImgcdnError) as caught:
        check_query(query)
    assert caught.value.status == 400


def test_the_names_of_uploads_are_tags():
    mounts = Mounts([Mount("files", is_files=True, tags=("all",)), Mount("img")], {"small": "w=1"})
    assert mounts.ask("", "/files/abc", "w=1").delivery.tags == ("all", "asset:abc")
    assert mounts.ask("", "/files/abc/team.jpg/p/small", "").delivery.tags == ("all", "asset:abc")
    assert mounts.ask("", "/img/abc", "w=1").delivery.tags == ()
    assert (mounts.files, mounts.of_files) == ("files", ("files",))
