import fcntl
import multiprocessing
import os
import threading
import time

import pytest

from imgcdn.cache import generation as generation_module
from imgcdn.cache.generation import Generation, Memory


@pytest.fixture
def path(tmp_path):
    return tmp_path / "generation"


def count(path, times: int) -> None:
    for _ in range(times):
        Generation(path).bump()


def test_a_count_is_seen_by_others_and_is_never_the_same_again(path):
    ours, theirs = Generation(path), Generation(path)
    seen = {ours.value()}
    for _ in range(100):
        theirs.bump()
        assert ours.value() == theirs.value()
        assert ours.value() not in seen
        seen.add(ours.value())
    assert ours.why == theirs.why == ""


def test_no_count_of_several_processes_is_lost(path, monkeypatch):
    monkeypatch.setattr(generation_module.time, "time_ns", lambda: 0)  # else the time alone would count on
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=count, args=(path, 200)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(30)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert Generation(path).value() == 600


@pytest.mark.parametrize("content", [b"", b"abc", bytes(8), b"\xff" * 8, b"long" * 100])
def test_a_file_cut_short_or_altered_counts_on(path, content):
    ours = Generation(path)
    ours.bump()
    before = ours.value()
    path.write_bytes(content)
    damaged = ours.value()
    ours.bump()
    assert ours.value() not in {before, damaged}
    assert Generation(path).value() == ours.value()


def test_a_file_that_is_deleted_and_begun_anew_is_a_change(path):
    ours, theirs = Generation(path), Generation(path)
    ours.bump()
    before = theirs.value()
    path.unlink()
    ours.bump()
    assert theirs.value() != before
    assert theirs.why == ""


def test_what_cannot_be_written_counts_in_this_process_and_is_said(tmp_path, logs):
    path = tmp_path / "generation"
    path.mkdir()
    ours = Generation(path)
    memory = Memory(ours)
    forgotten = []
    memory.follow(lambda: forgotten.append(1))
    for number in range(3):
        memory.bump()
        assert len(forgotten) == number + 1
    assert "Is a directory" in ours.why
    assert len([entry for entry in logs if entry["event"] == "cache_generation_failed"]) == 2  # reading and writing
    path.rmdir()
    ours.bump()
    ours.value()
    assert ours.why == ""


def test_a_missing_folder_is_no_fault_until_somebody_counts(tmp_path):
    ours = Generation(tmp_path / "missing" / "generation")
    assert ours.value() == 0
    assert ours.why == ""
    ours.bump()
    assert ours.value() == 1
    assert "No such file" in ours.why


def test_one_who_stopped_while_counting_holds_up_others_for_a_moment_only(path):
    path.touch()
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        ours = Generation(path)
        ours.bump()
    assert ours.value() > 0


def test_threads_count_at_once(path, monkeypatch):
    monkeypatch.setattr(generation_module.time, "time_ns", lambda: 0)
    ours = Generation(path)
    threads = [threading.Thread(target=lambda: [ours.bump() for _ in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ours.value() == 200


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_memory_is_forgotten_within_50_ms_of_another_process_s_count(path):
    clock = Clock()
    memory = Memory(Generation(path), clock=clock)
    forgotten = []
    memory.follow(lambda: forgotten.append(1))
    first = memory.look()
    Generation(path).bump()
    assert memory.look() == first
    assert not memory.is_current(first)
    clock.now += 0.051
    second = memory.look()
    assert second != first
    assert memory.is_current(second)
    assert forgotten == [1]
    clock.now += 1
    assert memory.look() == second
    assert forgotten == [1]


def test_looking_often_reads_the_file_seldom(path, monkeypatch):
    opened = []
    real = os.open
    monkeypatch.setattr(generation_module.os, "open", lambda *given: opened.append(1) or real(*given))
    clock = Clock()
    path.touch()
    memory = Memory(Generation(path), clock=clock)
    for _ in range(1000):
        clock.now += 0.001
        memory.look()
    assert 15 <= len(opened) <= 25


def test_a_process_killed_while_counting_leaves_a_counter_that_counts(path):
    context = multiprocessing.get_context("fork")
    for _ in range(5):
        process = context.Process(target=count, args=(path, 1_000_000))
        process.start()
        while not path.exists():
            time.sleep(0.001)
        time.sleep(0.02)
        process.kill()
        process.join(30)
        before = Generation(path).value()
        Generation(path).bump()
        assert Generation(path).value() > before > 0
