import asyncio

import pytest

from imgcdn.web.quick import Joining


class Written:
    """A transport that notes what is written, and when it was closed."""

    def __init__(self):
        self.writes = []
        self.closed = False

    def write(self, data):
        assert not self.closed
        self.writes.append(data)

    def is_closing(self):
        return self.closed

    def close(self):
        self.closed = True


@pytest.fixture
def written():
    return Written()


async def test_a_head_and_its_body_are_one_write(written):
    joining = Joining(written, asyncio.get_running_loop())
    joining.write(b"head ")
    joining.write(b"body")
    await asyncio.sleep(0)
    assert written.writes == [b"head body"]


async def test_a_head_whose_body_is_slow_to_come_goes_out_at_once(written):
    joining = Joining(written, asyncio.get_running_loop())
    joining.write(b"head ")
    await asyncio.sleep(0)
    assert written.writes == [b"head "]
    joining.write(b"one")
    joining.write(b"two")
    assert written.writes == [b"head ", b"one", b"two"]


async def test_closing_comes_behind_what_was_written(written):
    joining = Joining(written, asyncio.get_running_loop())
    joining.write(b"head")
    joining.close()
    assert (written.writes, written.closed) == ([b"head"], True)


async def test_nothing_is_written_to_a_client_that_went_away(written):
    joining = Joining(written, asyncio.get_running_loop())
    joining.write(b"head")
    written.closed = True
    joining.write(b"body")
    await asyncio.sleep(0)
    assert joining.is_closing()
    assert written.writes == []
