import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from imgcdn.cache import scratch
from imgcdn.cache.scratch import Scratch

HOLDER = """
import sys, time
from imgcdn.cache.scratch import Scratch
held = Scratch("some")
(held.path / "content").write_text("x")
print(held.path, flush=True)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(scratch.tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def holder(temporary):
    """Another process that holds a folder of the same name; returned with its path."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER], stdout=subprocess.PIPE, text=True, env=os.environ | {"TMPDIR": str(temporary)}
    )
    yield process, Path(process.stdout.readline().strip())
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_folder_is_new_and_goes_when_it_is_closed():
    one, other = Scratch("some"), Scratch("some")
    assert one.path != other.path
    assert one.path.is_dir()
    (one.path / "content").write_text("x")
    one.close()
    assert not one.path.exists()
    assert other.path.is_dir()
    other.close()


def test_the_folder_of_a_process_that_was_killed_goes_with_the_next_of_its_name(holder):
    process, left = holder
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert (left / "content").exists()
    Scratch("another").close()
    assert left.exists()
    Scratch("some").close()
    assert not left.exists()


def test_the_folder_of_a_process_that_lives_stays(holder):
    _, theirs = holder
    Scratch("some").close()
    assert (theirs / "content").exists()


def test_a_child_does_not_hold_the_folder_of_a_parent_that_is_gone(temporary):
    program = HOLDER.replace("time.sleep(60)", "import subprocess\nsubprocess.Popen(['sleep', '30'], stdout=2)")
    ended = subprocess.run(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(temporary)},
        check=True,
    )
    left = Path(ended.stdout.strip())
    assert left.exists()
    Scratch("some").close()
    assert not left.exists()


def test_links_and_files_of_the_name_stay(temporary):
    (temporary / "precious").mkdir()
    (temporary / "some-link").symlink_to(temporary / "precious")
    (temporary / "some-file").write_text("x")
    Scratch("some").close()
    assert (temporary / "precious").is_dir()
    assert (temporary / "some-link").is_symlink()
    assert (temporary / "some-file").exists()


def test_whoever_begins_at_the_same_moment_has_a_folder_that_stays():
    made: list[Scratch] = []
    threads = [threading.Thread(target=lambda: made.extend(Scratch("some") for _ in range(20))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one.path for one in made}) == 80
    assert all(one.path.is_dir() for one in made)
    for one in made:
        one.close()
