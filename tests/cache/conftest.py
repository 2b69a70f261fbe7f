import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from imgcdn.cache import table as table_module
from imgcdn.cache.store import Store


@pytest.fixture(autouse=True)
def _never_wait_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out fsync, so that the run time does not hang on the disk; processes of their own keep it."""
    monkeypatch.setitem(table_module._SETTINGS, "sqlite_synchronous", 0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "things"


@pytest.fixture
def open_store(folder: Path) -> Iterator[Callable[..., Store]]:
    """Open stores that are closed at the end."""
    opened: list[Store] = []

    def make(at: Path = folder, **settings: Any) -> Store:
        store = Store(at, **settings)
        opened.append(store)
        return store

    yield make
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Callable[..., Store]) -> Store:
    return open_store()


@pytest.fixture
def logs() -> Iterator[list[EventDict]]:
    with capture_logs() as entries:
        yield entries


@pytest.fixture
def by_hand(folder: Path) -> Callable[..., list[Any]]:
    """Run SQL on the store's database from outside."""

    def run(statement: str, *values: object) -> list[Any]:
        with closing(sqlite3.connect(folder / "cache.db", isolation_level=None)) as connection:
            return connection.execute(statement, values).fetchall()

    return run
