"""A world of fakes with one picture in its folder and one on the web."""

import pytest
from fakes import World


@pytest.fixture
def world() -> World:
    made = World()
    made.folder.put("a.jpg", b"first")
    made.web.put("a.jpg", b"from afar")
    return made
