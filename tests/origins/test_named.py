"""Pictures by names without their extension: which file is found, and when it is looked for again."""

import pytest

from imgcdn import errors
from imgcdn.model.reference import Fetched, Reference, Unchanged
from imgcdn.origins.files import Files
from imgcdn.origins.named import Named
from imgcdn.origins.settings import FetchSettings


class Server:
    """A remote origin that has these paths, and remembers what it was asked for."""

    is_remote = True

    def __init__(self, *paths: str, says=errors.SourceNotFoundError) -> None:
        self.paths, self.asked, self.says, self.compared = set(paths), [], says, []

    async def get(self, path, known):
        self.asked.append(path)
        if path not in self.paths:
            raise self.says(f"There is no {path}")
        if known is not None:
            self.compared.append(path)
            return Unchanged("", None, 1.0)
        return Fetched(path, "0" * 64, 1, "", None, None, 1.0, is_temporary=True)

    def holds(self, known):
        return False

    def glance(self, path, known):
        return None

    async def aclose(self):
        self.asked.append("closed")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a").mkdir()
    for name in ("a/one.png", "two.jpg", "two.png", "dotted.name.webp", "bare"):
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a/one", "a/one.png"),
        ("a/one.png", "a/one.png"),
        ("a/one.webp", "a/one.png"),
        ("two", "two.jpg"),
        ("two.png", "two.png"),
        ("two.avif", "two.jpg"),
        ("dotted.name", "dotted.name.webp"),
        ("bare", "bare"),
        ("bare.jpg", None),
        ("three", None),
        ("a", None),
    ],
)
async def test_the_file_of_just_this_name_comes_first_then_one_with_another_extension(folder, path, found):
    origin = Named(Files(folder, FetchSettings()))
    for _ in range(2):
        if found is None:
            with pytest.raises(errors.SourceNotFoundError, match=path):
                await origin.get(path, None)
        else:
            assert (await origin.get(path, None)).path == str(folder / found)


async def test_what_is_known_is_told_to_be_unchanged_and_a_closer_name_wins_as_soon_as_it_is_there(folder):
    origin = Named(Files(folder, FetchSettings()))
    got = await origin.get("a/one.webp", None)
    known = Reference(got.digest, got.size, got.path, got.stamp, got.modified, None, 0.0)
    assert isinstance(await origin.get("a/one.webp", known), Unchanged)
    assert origin.holds(known)
    assert origin.glance("a/one.webp", known) is None
    (folder / "a" / "one.webp").write_bytes(b"closer")
    assert (await origin.get("a/one.webp", known)).path == str(folder / "a" / "one.webp")


async def test_a_path_that_leads_out_is_refused_and_not_tried_on(folder):
    with pytest.raises(errors.SourceForbiddenError):
        await Named(Files(folder / "a", FetchSettings())).get("../two", None)


async def test_a_server_is_asked_for_few_names_and_next_time_for_the_right_one():
    server = Server("b/c.webp")
    origin = Named(server)
    await origin.get("b/c", None)
    assert server.asked == ["b/c", "b/c.jpg", "b/c.png", "b/c.webp"]
    server.asked.clear()
    await origin.get("b/c", None)
    assert server.asked == ["b/c.webp"]
    server.asked.clear()
    with pytest.raises(errors.SourceNotFoundError, match=r"no b/nothing$"):
        await origin.get("b/nothing", None)
    assert len(server.asked) == 7


async def test_a_file_that_was_renamed_is_found_anew():
    server = Server("c.jpg")
    origin = Named(server)
    await origin.get("c", None)
    server.paths = {"c.png"}
    assert (await origin.get("c", None)).path == "c.png"
    await origin.aclose()
    assert server.asked[-1] == "closed"


@pytest.mark.parametrize("says", [errors.SourceForbiddenError, errors.SourceGoneError])
async def test_a_server_that_says_otherwise_that_it_has_nothing_is_asked_on(says):
    origin = Named(Server("a/b.png", says=says))
    assert (await origin.get("a/b", None)).path == "a/b.png"
    with pytest.raises(says, match=r"a/c$"):
        await origin.get("a/c", None)


async def test_what_is_known_is_compared_with_the_file_that_it_came_from_alone():
    """An older file beside it would be "not modified since"."""
    server = Server("a/b.png")
    origin = Named(server)
    known = Reference("0" * 64, 1, None, "stamp", None, None, 0.0)
    assert isinstance(await origin.get("a/b", None), Fetched)
    assert isinstance(await origin.get("a/b", known), Unchanged)
    server.paths = {"a/b.jpg"}
    assert (await origin.get("a/b", known)).path == "a/b.jpg"
    assert isinstance(await Named(server).get("a/b", known), Fetched), "after a start nobody knows which it was"
    assert server.compared == ["a/b.png"]
