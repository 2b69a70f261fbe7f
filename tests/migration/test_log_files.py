"""Files of logs in every state: compressed, cut off, empty, with lines that never end."""

import gzip
import io
import sys

import pytest

from imgcdn.errors import SettingsError
from imgcdn.migration import files, lines

LOG = b"".join(b"/%d.jpg?w=%d\n" % (number, number) for number in range(5000))


def read(path) -> tuple[list[bytes], list[str], int]:
    problems, read = [], []
    found = [line for block in files.blocks(str(path), read.append, problems) for line in block]
    return [line for line in found if line], problems, sum(read)


@pytest.fixture
def write(tmp_path):
    def make(data: bytes):
        path = tmp_path / "log"
        path.write_bytes(data)
        return path

    return make


def test_all_lines_come_in_order_and_every_byte_is_reported(write):
    assert read(write(LOG)) == (LOG.splitlines(), [], len(LOG))


def test_a_last_line_without_an_end_is_a_line(write):
    assert read(write(b"/a\n/b"))[0] == [b"/a", b"/b"]


def test_gzip_is_seen_by_its_bytes_and_progress_is_that_of_the_file(write):
    packed = gzip.compress(LOG[:20_000]) + gzip.compress(LOG[20_000:])
    assert read(write(packed)) == (LOG.splitlines(), [], len(packed))


def test_of_gzip_that_is_cut_off_what_is_whole_is_read_and_the_rest_is_told(write):
    packed = gzip.compress(LOG)
    found, problems, _ = read(write(packed[: len(packed) // 2]))
    assert len(found) > 1000
    assert found == LOG.splitlines()[: len(found)]
    assert len(problems) == 1
    assert "damaged" in problems[0]


@pytest.mark.parametrize("data", [b"\x1f\x8b", b"\x1f\x8bjunk", gzip.compress(LOG)[:12] + b"\x00" * 100])
def test_gzip_that_is_none_is_told(write, data):
    found, problems, _ = read(write(data))
    assert (found, len(problems)) == ([], 1)


def test_an_empty_file_has_no_lines(write):
    assert read(write(b"")) == ([], [], 0)


@pytest.mark.parametrize("length", [lines.LONGEST + 1, 3 << 20])
def test_a_line_without_end_is_one_line_and_those_around_it_are_read(write, length):
    found, problems, _ = read(write(b"/a?w=1\n/" + b"x" * length + b"\n/b?w=2\n"))
    assert (found[0], found[-1], len(found), problems) == (b"/a?w=1", b"/b?w=2", 3, [])
    assert lines.target_of(found[1]) is None
    assert len(found[1]) <= max(lines.LONGEST + 1, 2 << 20)


def test_a_line_without_end_may_be_the_last_one(write):
    found, _, _ = read(write(b"/a\n" + b"x" * (3 << 20)))
    assert (found[0], len(found)) == (b"/a", 2)


def test_standard_input_is_read_gzipped_too(monkeypatch):
    for data in (LOG, gzip.compress(LOG)):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(data))))
        assert read("-")[0] == LOG.splitlines()


def test_the_sizes_of_files_add_up_and_that_of_a_pipe_is_not_known(write, tmp_path):
    assert files.size_of([str(write(LOG))] * 2) == 2 * len(LOG)
    assert files.size_of([str(write(LOG)), "-"]) is None


@pytest.mark.parametrize("name", ["", ".", "none.log", "a\0b"])
def test_what_is_no_file_is_a_mistake(tmp_path, name):
    with pytest.raises(SettingsError, match="expected access logs"):
        files.size_of([str(tmp_path / name)])
