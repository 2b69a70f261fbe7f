import pytest

from imgcdn import errors
from imgcdn.dialects import native
from imgcdn.dialects.mounts import Mount, Mounts
from imgcdn.model.spec import Ask, SourceRef, Spec

PRESETS = {
    "avatar": "w=96&h=96&gravity=face&format=webp",
    "card": "w=400&ar=16:9&dl=card.jpg&v=1",
    "tiny-2": "w=1",
    "smart": "crop=smart",
}


def ask(query: str, path: str = "a/b.jpg") -> Ask:
    return native.parse("img", path, query, PRESETS)


def test_a_preset_is_as_if_its_parameters_stood_in_the_url():
    assert ask("preset=avatar") == ask(PRESETS["avatar"])
    assert ask("preset=card").delivery.download == "card.jpg"


def test_the_parameters_of_the_url_win_over_those_of_the_preset():
    spec = ask("preset=avatar&w=50&g=north").spec
    assert (spec.width, spec.height, spec.gravity) == (50, 96, ("north",))


def test_crop_in_the_url_replaces_gravity_in_the_preset_and_the_other_way_round():
    assert ask("preset=avatar&crop=smart").spec.gravity == ("smart",)
    assert ask("preset=smart&gravity=face").spec.gravity == ("face",)


def test_auto_in_the_url_takes_back_what_the_preset_says():
    spec = ask("preset=avatar&format=auto&gravity=auto").spec
    assert spec == Spec(width=96, height=96)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("preset=avatar", True),
        ("preset=avatar&gravity=north&v=1", True),
        ("preset=avatar&w=50", False),
        ("preset=avatar&dpr=2", False),
        ("preset=card&ar=1", False),
        ("preset=avatar&q=50&blur=3&bg=fff&radius=5&borderColor=f00", True),
        ("preset=avatar&rect=0,0,33,7", False),
        ("preset=avatar&rotate=33", False),
        ("preset=avatar&fit=inside", False),
        ("preset=avatar&enlarge=0", False),
        ("preset=avatar&fpz=2", False),
        ("preset=avatar&trim=auto", False),
        ("preset=avatar&trim_pad=9", False),
        ("preset=avatar&pad_left=9", False),
        ("preset=avatar&border=9", False),
        ("preset=avatar&max_h=9", False),
        ("preset=avatar&face_pad=2", False),
        ("preset=smart", False),
        ("preset=smart&q=50", False),
        ("w=96&h=96", False),
        ("", False),
    ],
)
def test_a_size_is_the_presets_only_if_the_url_adds_nothing_to_it(query, expected):
    assert ask(query).delivery.is_preset_size is expected


def test_where_the_preset_stands_among_the_parameters_does_not_matter():
    assert ask("w=50&preset=avatar") == ask("preset=avatar&w=50")


def test_a_path_that_ends_in_p_and_a_name_is_the_same_as_the_parameter():
    assert ask("", "a/b.jpg/p/avatar") == ask("preset=avatar", "a/b.jpg")
    assert ask("w=50", "b.jpg/p/tiny-2").source == SourceRef("img", "b.jpg")


@pytest.mark.parametrize("path", ["p/avatar", "a/p/b.jpg", "a/p/Avatar", "a/p/", "a/p", "a/p/b/c", "ap/avatar"])
def test_other_paths_with_a_p_in_them_are_just_paths(path):
    found = ask("", path)
    assert found.source.path == path
    assert found.spec == Spec()


def test_only_the_last_p_of_a_path_names_a_preset():
    assert ask("", "a/p/x/p/avatar").source.path == "a/p/x"


@pytest.mark.parametrize(("query", "path"), [("preset=nope", "a.jpg"), ("", "a.jpg/p/nope")])
def test_an_unknown_preset_is_not_found_and_the_known_ones_are_named(query, path):
    with pytest.raises(
        errors.PresetNotFoundError, match="preset=nope is not known: expected one of avatar, card"
    ) as caught:
        ask(query, path)
    assert caught.value.status == 404
    assert caught.value.param == "preset"


def test_where_there_are_no_presets_the_error_says_so():
    with pytest.raises(errors.PresetNotFoundError, match="there are no presets"):
        native.parse("img", "a.jpg", "preset=avatar")


@pytest.mark.parametrize(
    ("name", "query", "says"),
    [
        ("avatar", "w=0", "w=0 cannot be used"),
        ("avatar", "wdth=9", "there is no parameter wdth"),
        ("avatar", "w=1&width=2", "say the same thing"),
        ("avatar", "preset=card", "cannot stand in a preset"),
        ("avatar", "w=%ff", "not UTF-8"),
        ("avatar", "w=1&exp=1900000000", "exp=1900000000 cannot stand in a preset"),
        ("avatar", "w=1&kid=main", "kid=main cannot stand in a preset"),
        ("avatar", f"w=1&sig={'a' * 43}", "cannot stand in a preset"),
        ("Avatar", "w=96", "presets.Avatar cannot be used: expected a name"),
        ("a/b", "w=96", "expected a name"),
        ("", "w=96", "expected a name"),
        ("a" * 33, "w=96", "expected a name"),
    ],
)
def test_a_preset_that_can_never_be_used_stops_the_start_and_is_named(name, query, says):
    with pytest.raises(errors.SettingsError) as caught:
        Mounts([Mount("img")], {"fine": "w=1", name: query})
    assert says in str(caught.value)
    assert name in str(caught.value)


def test_good_presets_reach_every_mount():
    mounts = Mounts([Mount("img"), Mount("shop", is_strict=False)], PRESETS)
    assert mounts.ask("", "/img/a.jpg", "preset=tiny-2").spec == Spec(width=1)
    assert mounts.ask("", "/shop/a.jpg/p/tiny-2", "").spec == Spec(width=1)
