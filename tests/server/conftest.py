"""One server of an imgix mount, for all tests of what imgix' parameters do."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from imgix_asking import SETTINGS, Asking, paint


@pytest.fixture(scope="session")
def imgix_folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("imgix-effects")
    paint(folder)
    return folder


@pytest.fixture(scope="session")
def ask(_servers, imgix_folder, face_models) -> Iterator[Asking]:
    begun, make = _servers()
    yield Asking(make(settings=SETTINGS.format(folder=imgix_folder)))
    for server in begun:
        server.end()
