"""Structured logs on stderr: JSON lines for machines, coloured text for a terminal."""

import logging
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger


def configure(level: str, front: int | None = None) -> None:
    """Set up structlog for this process; `level` is debug, info, warning or error.

    `front` is in every line: the number of this front process, where there are several.
    """
    is_terminal = sys.stderr.isatty()
    renderer: Processor = structlog.dev.ConsoleRenderer() if is_terminal else structlog.processors.JSONRenderer()
    trouble: list[Processor] = [] if is_terminal else [structlog.processors.format_exc_info]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        *([] if front is None else [_adding(front)]),
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        *trouble,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # What libraries log, uvicorn above all: only what went wrong, in the same form.
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def _adding(front: int) -> Processor:
    def add(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event.setdefault("front", front)
        return event

    return add
