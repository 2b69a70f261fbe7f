import pytest

from imgcdn import errors
from imgcdn.dialects.mounts import RESERVED, Mount, Mounts
from imgcdn.model.spec import SourceRef, Spec

MOUNTS = Mounts(
    [
        Mount("img"),
        Mount("shop", is_strict=False),
        Mount("assets", hosts=("Assets.example.com", "[::1]")),
        Mount("bilder-für-alle"),
    ],
    {},
)


def source(host: str, raw_path: str) -> SourceRef:
    return MOUNTS.ask(host, raw_path, "").source


def test_the_first_segment_names_the_mount_and_the_rest_is_the_path():
    assert source("cdn.example.com", "/img/a/b.jpg") == SourceRef("img", "a/b.jpg")
    assert source("", "/shop/a.jpg") == SourceRef("shop", "a.jpg")


def test_paths_are_decoded_behind_the_mount():
    assert source("", "/img/Gr%C3%BC%C3%9Fe%20aus/K%C3%B6ln.jpg") == SourceRef("img", "Grüße aus/Köln.jpg")


def test_an_absolute_url_behind_a_mount_is_its_path():
    raw = "/img/https%3A%2F%2Fimages.example.com%2Fa.jpg%3Fsize%3Dl"
    assert source("", raw) == SourceRef("img", "https://images.example.com/a.jpg?size=l")


def test_a_mount_may_have_a_name_in_any_script():
    assert source("", "/bilder-f%C3%BCr-alle/a.jpg") == SourceRef("bilder-für-alle", "a.jpg")


@pytest.mark.parametrize(
    "host", ["assets.example.com", "ASSETS.example.com", "assets.example.com:8443", "[::1]", "[::1]:80"]
)
def test_a_host_is_served_by_its_mount_at_the_root_in_any_case_and_on_any_port(host):
    assert source(host, "/a/b.jpg") == SourceRef("assets", "a/b.jpg")
    assert source(host, "/img/b.jpg") == SourceRef("assets", "img/b.jpg")


@pytest.mark.parametrize("host", ["example.com", "xassets.example.com", "assets.example.com.evil.com", ""])
def test_a_mount_with_hosts_answers_to_no_other_host_and_not_by_its_name(host):
    with pytest.raises(errors.NotFoundError):
        source(host, "/assets/a.jpg")


@pytest.mark.parametrize(
    "raw", ["/", "", "/img", "//img/a.jpg", "/IMG/a.jpg", "/imgs/a.jpg", "/nope/a.jpg", "/%69mg%2Fa.jpg"]
)
def test_a_path_under_no_mount_is_not_found_and_the_mounts_are_named_but_not_the_hosts(raw):
    with pytest.raises(errors.NotFoundError) as caught:
        source("", raw)
    assert caught.value.status == 404
    assert "/img/…, /shop/…" in caught.value.detail
    assert "assets" not in caught.value.detail


def test_a_hostile_path_is_repeated_short_and_printable():
    with pytest.raises(errors.NotFoundError) as caught:
        source("", "/\x1b[31m" + "x" * 10_000)
    assert caught.value.detail.isprintable()
    assert len(caught.value.detail) < 300


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_a_reserved_segment_is_never_a_mount(name):
    mounts = Mounts([Mount(name), Mount("img")], {})
    with pytest.raises(errors.NotFoundError):
        mounts.ask("", f"/{name}/a.jpg", "")


def test_the_reserved_segments_are_those_of_the_specification():
    assert {"v1", "api", "ai", "-"} == RESERVED


@pytest.mark.parametrize("raw", ["/img/%ff.jpg", "/%ff/a.jpg"])
def test_a_path_that_is_not_utf8_is_a_bad_request(raw):
    with pytest.raises(errors.InvalidParameterError, match="not UTF-8"):
        source("", raw)


def test_each_mount_is_as_strict_as_it_was_told():
    assert MOUNTS.ask("", "/shop/a.jpg", "ixlib=1").delivery.ignored == ("ixlib",)
    with pytest.raises(errors.UnknownParameterError):
        MOUNTS.ask("", "/img/a.jpg", "ixlib=1")


def test_the_query_is_read_by_the_mounts_dialect():
    assert MOUNTS.ask("", "/img/a.jpg", "w=400").spec == Spec(width=400)


def test_the_host_header_counts_only_where_a_mount_has_hosts():
    assert MOUNTS.has_hosts
    assert not Mounts([Mount("img")], {}).has_hosts


def test_a_host_given_to_two_mounts_stops_the_start():
    with pytest.raises(errors.SettingsError, match=r"A\.example' is given to one and two"):
        Mounts([Mount("one", hosts=("a.example",)), Mount("two", hosts=("A.example",))], {})
