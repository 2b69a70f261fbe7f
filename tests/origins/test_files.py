import asyncio
import hashlib
import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from imgcdn import errors
from imgcdn.model.reference import Fetched, Unchanged
from imgcdn.origins import files as files_module
from imgcdn.origins.files import Files
from imgcdn.origins.settings import FetchSettings

SECRET = b"nobody may read this"


def sha256(data):
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def place(tmp_path):
    """A folder to serve, beside a file that must never be served."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "team.jpg").write_bytes(b"the team")
    (tmp_path / "secret.txt").write_bytes(SECRET)
    return root


@pytest.fixture
def origin(place):
    return Files(place, FetchSettings(max_bytes=1000, folder_check_s=7))


async def test_a_file_is_described_by_its_digest_stamp_and_life(origin, place):
    fetched = await origin.get("team.jpg", None)
    facts = (place / "team.jpg").stat()
    assert fetched == Fetched(
        path=str(place / "team.jpg"),
        digest=sha256(b"the team"),
        size=8,
        stamp=f"{facts.st_mtime_ns}-8-{facts.st_ino}-{facts.st_ctime_ns}",
        modified=facts.st_mtime,
        max_age_s=None,
        fresh_for_s=7,
        is_temporary=False,
    )


async def test_a_known_file_that_did_not_change_is_not_read_again(origin, remember, monkeypatch):
    fetched = await origin.get("team.jpg", None)
    monkeypatch.setattr(files_module, "_digest", lambda real: pytest.fail(f"{real} was read"))
    assert await origin.get("team.jpg", remember(fetched)) == Unchanged(fetched.stamp, None, 7)


async def test_a_glance_says_as_much_of_a_file_that_did_not_change_and_nothing_else(origin, place, remember):
    known = remember(await origin.get("team.jpg", None))
    assert origin.glance("team.jpg", known) == Unchanged(known.stamp, None, 7)
    assert origin.glance("../secret.txt", known) is None
    (place / "team.jpg").write_bytes(b"the crew")
    assert origin.glance("team.jpg", known) is None
    (place / "team.jpg").unlink()
    assert origin.glance("team.jpg", known) is None


async def test_a_file_that_was_written_again_is_read_again(origin, place, remember):
    known = remember(await origin.get("team.jpg", None))
    (place / "team.jpg").write_bytes(b"new team")
    fetched = await origin.get("team.jpg", known)
    assert isinstance(fetched, Fetched)
    assert fetched.digest == sha256(b"new team")


async def test_a_file_replaced_by_one_of_the_same_size_and_time_is_read_again(origin, place, remember):
    known = remember(await origin.get("team.jpg", None))
    facts = (place / "team.jpg").stat()
    (place / "other").write_bytes(b"THE TEAM")
    os.utime(place / "other", ns=(facts.st_atime_ns, facts.st_mtime_ns))
    (place / "other").replace(place / "team.jpg")
    fetched = await origin.get("team.jpg", known)
    assert isinstance(fetched, Fetched)
    assert fetched.digest == sha256(b"THE TEAM")


async def test_a_file_whose_folder_was_renamed_is_found_where_it_is_now(origin, place, remember):
    (place / "v1").mkdir()
    (place / "v1/a.jpg").write_bytes(b"a")
    (place / "current").symlink_to("v1")
    known = remember(await origin.get("current/a.jpg", None))
    (place / "v1").rename(place / "v2")
    (place / "current").unlink()
    (place / "current").symlink_to("v2")
    fetched = await origin.get("current/a.jpg", known)
    assert isinstance(fetched, Fetched)
    assert fetched.path == str(place / "v2/a.jpg")


@pytest.mark.parametrize(
    "name", ["a b.jpg", "Grüße 👋.jpg", "100%.jpg", "%2e%2e", "..%2fsecret.txt", "a\\b.jpg", "a\nb", "...", "~"]
)
async def test_strange_names_are_served_as_they_are(origin, place, name):
    (place / name).write_bytes(name.encode())
    fetched = await origin.get(name, None)
    assert fetched.digest == sha256(name.encode())


async def test_files_in_folders_are_served(origin, place):
    (place / "a/b").mkdir(parents=True)
    (place / "a/b/c.jpg").write_bytes(b"c")
    assert (await origin.get("a/b/c.jpg", None)).digest == sha256(b"c")


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("", errors.InvalidParameterError),
        ("team\0.jpg", errors.InvalidParameterError),
        ("\0", errors.InvalidParameterError),
        ("team\ud800.jpg", errors.InvalidParameterError),
        ("x" * 300, errors.InvalidParameterError),
        ("x/" * 3000, errors.InvalidParameterError),
        ("../secret.txt", errors.SourceForbiddenError),
        ("a/../../secret.txt", errors.SourceForbiddenError),
        ("a/../team.jpg", errors.SourceForbiddenError),
        ("..", errors.SourceForbiddenError),
        (".", errors.SourceForbiddenError),
        ("./team.jpg", errors.SourceForbiddenError),
        ("team.jpg/.", errors.SourceForbiddenError),
        ("..\\secret.txt", errors.SourceForbiddenError),
        ("a\\..\\..\\secret.txt", errors.SourceForbiddenError),
        ("\\secret.txt", errors.SourceForbiddenError),
        ("/etc/passwd", errors.SourceForbiddenError),
        ("//etc/passwd", errors.SourceForbiddenError),
        ("none.jpg", errors.SourceNotFoundError),
        ("none/none.jpg", errors.SourceNotFoundError),
        ("team.jpg/more", errors.SourceNotFoundError),
        ("team.jpg/", errors.SourceNotFoundError),
        ("%2e%2e/secret.txt", errors.SourceNotFoundError),
        ("..%2fsecret.txt", errors.SourceNotFoundError),
        ("~/team.jpg", errors.SourceNotFoundError),
    ],
)
async def test_a_path_that_cannot_be_served_is_refused_without_naming_the_folder(origin, place, path, error):
    with pytest.raises(errors.ImgcdnError) as caught:
        await origin.get(path, None)
    assert type(caught.value) is error
    assert str(place.parent) not in caught.value.detail
    assert caught.value.param == ("path" if error is errors.InvalidParameterError else None)


async def test_a_folder_is_not_found(origin, place):
    (place / "sub").mkdir()
    for path in ("sub", "sub/"):
        with pytest.raises(errors.SourceNotFoundError):
            await origin.get(path, None)


async def test_a_fifo_is_not_found_and_does_not_hang(origin, place):
    os.mkfifo(place / "pipe.jpg")
    with pytest.raises(errors.SourceNotFoundError):
        await asyncio.wait_for(origin.get("pipe.jpg", None), 1)


async def test_a_fifo_put_in_place_of_a_file_at_the_last_moment_does_not_hang(place):
    os.mkfifo(place / "pipe.jpg")
    digest = await asyncio.wait_for(asyncio.to_thread(files_module._digest, str(place / "pipe.jpg")), 1)
    assert digest is None


async def test_a_link_put_in_place_of_a_file_at_the_last_moment_is_not_followed(place, tmp_path):
    (place / "link.jpg").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(OSError, match="symbolic links"):
        files_module._digest(str(place / "link.jpg"))


async def test_a_socket_and_a_device_are_not_found(origin, place, monkeypatch):
    monkeypatch.chdir(place)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("s.jpg")
        with pytest.raises(errors.SourceNotFoundError):
            await origin.get("s.jpg", None)
    with pytest.raises(errors.SourceNotFoundError):
        await Files(Path("/dev"), FetchSettings()).get("zero", None)


async def test_a_known_file_holds_until_it_is_written_to_replaced_or_gone(origin, place, remember):
    (place / "a.jpg").write_bytes(b"one")
    known = remember(await origin.get("a.jpg", None))
    assert origin.holds(known)
    (place / "b.jpg").write_bytes(b"two")
    (place / "b.jpg").replace(place / "a.jpg")
    assert not origin.holds(known)
    known = remember(await origin.get("a.jpg", None))
    assert origin.holds(known)
    with (place / "a.jpg").open("r+b") as file:
        file.write(b"2")
    assert not origin.holds(known)
    (place / "a.jpg").unlink()
    assert not origin.holds(known)


async def test_a_link_inside_the_folder_is_followed(origin, place):
    (place / "link.jpg").symlink_to("team.jpg")
    assert (await origin.get("link.jpg", None)).path == str(place / "team.jpg")


@pytest.mark.parametrize("target", ["../secret.txt", "{outside}/secret.txt"])
async def test_a_link_out_of_the_folder_is_forbidden(origin, place, target):
    (place / "link.jpg").symlink_to(target.format(outside=place.parent))
    with pytest.raises(errors.SourceForbiddenError):
        await origin.get("link.jpg", None)


async def test_a_file_below_a_linked_folder_outside_is_forbidden(origin, place):
    (place / "up").symlink_to("..")
    with pytest.raises(errors.SourceForbiddenError):
        await origin.get("up/secret.txt", None)


async def test_a_sibling_whose_name_begins_like_the_folder_is_outside(origin, place, tmp_path):
    (tmp_path / "root-of-evil").mkdir()
    (tmp_path / "root-of-evil/a.jpg").write_bytes(SECRET)
    (place / "link").symlink_to(tmp_path / "root-of-evil")
    with pytest.raises(errors.SourceForbiddenError):
        await origin.get("link/a.jpg", None)


@pytest.mark.parametrize("target", ["loop.jpg", "nowhere.jpg"])
async def test_a_link_that_leads_nowhere_is_not_found(origin, place, target):
    (place / "loop.jpg").symlink_to(target)
    with pytest.raises(errors.SourceNotFoundError):
        await origin.get("loop.jpg", None)


async def test_the_folder_itself_may_be_a_link_that_is_switched(place, tmp_path):
    (tmp_path / "new").mkdir()
    (tmp_path / "new/team.jpg").write_bytes(b"new")
    (tmp_path / "www").symlink_to(place)
    origin = Files(tmp_path / "www", FetchSettings())
    assert (await origin.get("team.jpg", None)).digest == sha256(b"the team")
    (tmp_path / "www").unlink()
    (tmp_path / "www").symlink_to(tmp_path / "new")
    assert (await origin.get("team.jpg", None)).digest == sha256(b"new")


async def test_a_folder_that_went_missing_is_our_trouble_and_not_the_pictures(origin, place):
    place.rename(place.parent / "elsewhere")
    with pytest.raises(errors.SourceError) as caught:
        await origin.get("team.jpg", None)
    assert str(place.parent) not in caught.value.detail


async def test_a_file_above_the_limit_is_too_large_and_one_at_it_is_not(origin, place):
    (place / "at.jpg").write_bytes(b"x" * 1000)
    (place / "above.jpg").write_bytes(b"x" * 1001)
    assert (await origin.get("at.jpg", None)).size == 1000
    with pytest.raises(errors.SourceTooLargeError):
        await origin.get("above.jpg", None)


async def test_a_file_without_permission_is_forbidden(origin, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied", "/the/machine/path")

    monkeypatch.setattr(files_module.os, "open", refuse)
    with pytest.raises(errors.SourceForbiddenError) as caught:
        await origin.get("team.jpg", None)
    assert "/the/machine" not in caught.value.detail


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
async def test_a_file_without_read_permission_is_forbidden(origin, place):
    (place / "team.jpg").chmod(0)
    with pytest.raises(errors.SourceForbiddenError):
        await origin.get("team.jpg", None)


def grow_while_reading(monkeypatch, path, times):
    real = hashlib.file_digest
    left = [times]

    def digest(file, name):
        result = real(file, name)
        if left[0] > 0:
            left[0] -= 1
            with path.open("ab") as growing:
                growing.write(b"+")
        return result

    monkeypatch.setattr(files_module.hashlib, "file_digest", digest)


async def test_a_file_that_grew_while_it_was_read_is_read_again(origin, place, monkeypatch):
    grow_while_reading(monkeypatch, place / "team.jpg", times=2)
    fetched = await origin.get("team.jpg", None)
    assert (fetched.digest, fetched.size) == (sha256(b"the team++"), 10)


async def test_a_file_that_never_stops_growing_is_an_error_after_three_tries(origin, place, monkeypatch):
    grow_while_reading(monkeypatch, place / "team.jpg", times=99)
    with pytest.raises(errors.SourceError):
        await origin.get("team.jpg", None)
    assert (place / "team.jpg").read_bytes() == b"the team+++"


async def test_a_file_replaced_while_it_was_read_is_read_again(origin, place, monkeypatch):
    real = hashlib.file_digest

    def digest(file, name):
        result = real(file, name)
        if (place / "next").exists():
            (place / "next").replace(place / "team.jpg")
        return result

    (place / "next").write_bytes(b"NEXT ONE")
    monkeypatch.setattr(files_module.hashlib, "file_digest", digest)
    assert (await origin.get("team.jpg", None)).digest == sha256(b"NEXT ONE")


@pytest.fixture(scope="module")
def maze(tmp_path_factory):
    """A folder with links of every kind, beside a secret."""
    outside = tmp_path_factory.mktemp("maze")
    root = outside / "root"
    (root / "sub/deep").mkdir(parents=True)
    (outside / "secret.txt").write_bytes(SECRET)
    (outside / "root-twin").mkdir()
    (outside / "root-twin/secret.txt").write_bytes(SECRET)
    (root / "team.jpg").write_bytes(b"the team")
    (root / "sub/deep/a.jpg").write_bytes(b"a")
    (root / "up").symlink_to("..")
    (root / "sub/out").symlink_to(outside)
    (root / "sub/in").symlink_to("..")
    (root / "leak.txt").symlink_to(outside / "secret.txt")
    (root / "chain").symlink_to("leak.txt")
    (root / "loop").symlink_to("loop")
    return root


PLAIN = ["root", "root-twin", "secret.txt", "team.jpg", "sub", "deep", "a.jpg", "~"]
LINKS = ["up", "out", "in", "leak.txt", "chain", "loop"]
DOTS = ["..", ".", "...", " ..", ".. ", "..;", "%2e%2e", "%2E.", "..%00", "．．", "\u2024\u2024"]
PIECES = st.sampled_from([*PLAIN, *LINKS, *DOTS, "", "\0"])
SLASHES = st.sampled_from(["/", "//", "\\", "%2f", "%5c", "/./", "\uff0f", "\u2215"])
SPELLINGS = st.one_of(
    st.lists(st.tuples(PIECES, SLASHES), max_size=7).map(lambda parts: "".join(a + b for a, b in parts)),
    st.lists(st.tuples(SLASHES, PIECES), max_size=7).map(lambda parts: "".join(a + b for a, b in parts)),
    st.lists(PIECES, max_size=7).map("/".join),
    st.text(max_size=30),
)


@given(spelling=SPELLINGS, absolute=st.booleans())
@hypothesis_settings(max_examples=600, deadline=None)
def test_no_spelling_of_a_path_leaves_the_folder(maze, spelling, absolute):
    path = f"{maze.parent}/{spelling}" if absolute else spelling
    try:
        fetched = asyncio.run(Files(maze, FetchSettings()).get(path, None))
    except errors.ImgcdnError as error:
        assert error.status in {400, 403, 404}  # noqa: PT017 - both outcomes are right
        return
    assert Path(fetched.path).is_relative_to(maze)
    assert fetched.digest != sha256(SECRET)
