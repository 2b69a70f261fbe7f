"""`imgcdn imgix`: what a log asks of imgix that would differ here, and the same pictures of both beside each other."""

import asyncio
import json
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from imgcdn import errors
from imgcdn.cli import differing, linted
from imgcdn.cli.console import console, say
from imgcdn.migration import comparison, files, findings, visits
from imgcdn.migration.lines import target_of
from imgcdn.migration.survey import Survey

imgix_app = typer.Typer(no_args_is_help=True, help="Moving from imgix: what would differ, before and after.")

TOKENS: Final = "IMGCDN_IMGIX_TOKENS"
_ACCEPT: Final = "image/webp,image/*,*/*;q=0.8"
"""Without AVIF, whose first visitor gets another format while it is written."""

Sources = Annotated[
    list[str], typer.Argument(metavar="FILE…", help="access logs or lists of URLs, also gzipped; - is standard input")
]
Tokens = Annotated[
    list[str] | None,
    typer.Option("--token", envvar=TOKENS, show_default=False, help="a token of the imgix source; may be repeated"),
]
TokenFile = Annotated[Path | None, typer.Option(help="file with a token on each line")]
AsJson = Annotated[bool, typer.Option("--json", help="print one JSON object")]


@imgix_app.command("lint")
def lint(
    sources: Sources,
    token: Tokens = None,
    token_file: TokenFile = None,
    top: Annotated[int, typer.Option(min=1, max=1000, help="rows of what differs, and values of a parameter")] = 10,
    as_json: AsJson = False,
) -> None:
    """Count what access logs or lists of URLs ask of imgix, and say what would be different here.

    Reads combined logs, JSON lines and URLs. Ends with status 0 when nothing is unsupported, 1 when something is,
    cannot be used or read, or is signed with another token, 2 when no line asks for a URL.
    """
    survey = Survey(_tokens(token, token_file))
    problems: list[str] = []
    with _progress(DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn()) as progress:
        task = progress.add_task("reading", total=files.size_of(sources))
        for source in sources:
            for block in files.blocks(source, lambda count: progress.advance(task, count), problems):
                survey.read(block)
        survey.finish()
    found = findings.record(survey, problems, top)
    if as_json:
        print(json.dumps(found))  # noqa: T201 - it is the output
    else:
        linted.show(found)
    for problem in problems:
        say(problem, "red")
    if not survey.urls and (survey.others or not problems):
        raise errors.SettingsError("no line asks for a URL: expected access logs (combined or JSON lines) or URLs")
    if not findings.is_clean(found):
        raise typer.Exit(1)


@imgix_app.command("diff")
def diff(
    sources: Sources,
    against: Annotated[str, typer.Option(metavar="URL", help="the other host, such as https://example.imgix.net")],
    base: Annotated[str, typer.Option(metavar="URL", help="where imgcdn answers")] = "http://127.0.0.1:8000",
    host: Annotated[str | None, typer.Option(help="Host header for imgcdn, where a mount is chosen by it")] = None,
    least: Annotated[float, typer.Option(min=0, max=1, help="similarity that is enough")] = 0.0,
    most: Annotated[int, typer.Option(min=1, help="different URLs that are compared, the first ones")] = 1000,
    at_once: Annotated[int, typer.Option(min=1, max=64, help="URLs under way at once")] = 4,
    timeout: Annotated[float, typer.Option(min=0.1, metavar="SECONDS", help="for each answer")] = 60,
    accept: Annotated[str, typer.Option(help="Accept header that both are sent")] = _ACCEPT,
    token: Tokens = None,
    token_file: TokenFile = None,
    top: Annotated[int, typer.Option(min=1, help="rows of the table, the worst first")] = 20,
    as_json: AsJson = False,
) -> None:
    """Ask imgcdn and another host for the same URLs, and say how alike their pictures are, the worst first.

    Of the URLs path and query count; with a token each is signed anew for both. Ends with status 0 when all sizes are
    the same and all pictures alike enough, 1 when not, or when one side does not answer, 2 when there was nothing to
    ask.
    """
    places = visits.place(base, host), visits.place(against)
    targets = _targets(sources, most)
    if not targets:
        raise errors.SettingsError("no line asks for a URL: expected access logs (combined or JSON lines) or URLs")
    tokens = _tokens(token, token_file)
    with _progress(MofNCompleteColumn(), TimeRemainingColumn()) as progress:
        task = progress.add_task("comparing", total=len(targets))

        async def work() -> list[comparison.Pair]:
            async with visits.client(at_once, timeout) as client:
                visitor = visits.Visitor(client, accept, timeout, tokens[0] if tokens else None)
                return await comparison.compare(
                    targets, *places, visitor, least=least, at_once=at_once, done=lambda: progress.advance(task)
                )

        pairs = asyncio.run(work())
    if as_json:
        print(json.dumps(differing.record(pairs, base, against, least)))  # noqa: T201 - it is the output
    else:
        differing.show(pairs, top)
    if any(pair.state in comparison.WRONG for pair in pairs):
        raise typer.Exit(1)


def _targets(sources: Sequence[str], most: int) -> list[bytes]:
    """Return the first different targets of all files, and say whether there are more."""
    files.size_of(sources)
    found: dict[bytes, None] = {}
    problems: list[str] = []
    for source in sources:
        for block in files.blocks(source, lambda _: None, problems):
            found.update(dict.fromkeys(target for line in block if (target := target_of(line))))
            if len(found) > most:
                break
    for problem in problems:
        say(problem, "red")
    if len(found) > most:
        say(f"only the first {most} different URLs are compared: --most takes more", "yellow")
    return list(found)[:most]


def _tokens(given: Sequence[str] | None, file: Path | None) -> tuple[str, ...]:
    """Return the tokens of options, environment and file, each once."""
    said = list(given or ())
    if file is not None:
        try:
            said += file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            raise errors.SettingsError(f"{file} cannot be read: expected a token on each line") from None
    return tuple(dict.fromkeys(stripped for one in said if (stripped := one.strip())))


@contextmanager
def _progress(*columns: ProgressColumn) -> Generator[Progress]:
    """Show a bar on stderr, to terminals alone."""
    shown = (TextColumn("{task.description}"), BarColumn(), *columns)
    with Progress(*shown, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield progress
