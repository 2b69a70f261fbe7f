"""Commands run in this process set up its logging only for as long as they run: loggers must not remember it."""

from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def _logging_is_lent(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    set_up = structlog.configure
    monkeypatch.setattr(
        structlog, "configure", lambda **options: set_up(**(options | {"cache_logger_on_first_use": False}))
    )
    yield
    structlog.reset_defaults()
