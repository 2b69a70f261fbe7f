import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from imgcdn import errors
from imgcdn.model.analysis import Override
from imgcdn.model.geometry import Point
from imgcdn.records import mirror, reader, writer
from imgcdn.records.records import Records, open_records
from imgcdn.records.settings import DataSettings


@pytest.fixture(autouse=True)
def _look_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the pauses out; processes of their own keep them."""
    monkeypatch.setattr(mirror, "_LOOK_EVERY_S", 0.0)


@pytest.fixture
def retrying(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again at once for what could not be used."""
    monkeypatch.setattr(writer, "RETRY_S", 0.0)
    monkeypatch.setattr(reader, "RETRY_S", 0.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def file(folder: Path) -> Path:
    return folder / "records.sqlite3"


@pytest.fixture
def opened(folder: Path) -> Iterator[Callable[..., Records]]:
    """Open records that are closed at the end."""
    made: list[Records] = []

    def make(at: Path = folder, **settings: Any) -> Records:
        records = open_records(DataSettings(dir=at, **settings))
        made.append(records)
        return records

    yield make
    for records in made:
        records.close()


@pytest.fixture
def logs() -> Iterator[list[EventDict]]:
    with capture_logs() as entries:
        yield entries


@pytest.fixture
def by_hand(file: Path) -> Callable[..., list[Any]]:
    """Run SQL on the database from outside."""

    def run(statement: str, *values: object) -> list[Any]:
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            return connection.execute(statement, values).fetchall()

    return run


@pytest.fixture
def digest() -> Callable[[object], str]:
    return lambda number: hashlib.sha256(str(number).encode()).hexdigest()


@pytest.fixture
def word() -> Override:
    return Override(Point(0.25, 0.75), "her, not the dog", 1_800_000_000.5)


@pytest.fixture
def unavailable() -> Callable[[], Any]:
    """Expect the 503 that says that a word was not kept."""
    return lambda: pytest.raises(errors.RecordsUnavailableError)
