"""Who asks: visitors that ask again until they have a picture, and a pulse that asks all the time."""

import http.client
import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Self

from faulting.verdicts import Answer, Ledger, Right, size_of

Rights = Mapping[str, tuple[Right, ...]]
_PATIENCE_S = 60.0
_PULSE_EVERY_S = 0.02
_BROKEN = (OSError, http.client.HTTPException)


class Visitor:
    """One connection, kept open as browsers do; for one thread."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._line: http.client.HTTPConnection | None = None

    def get(self, target: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask once. Raises OSError and HTTPException for a connection that breaks."""
        if self._line is None:
            self._line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            self._line.request("GET", target, headers=dict(headers or {}))
            given = self._line.getresponse()
            body = given.read()
        except BaseException:
            self.close()
            raise
        found = {name.lower(): value for name, value in given.getheaders()}
        if given.will_close:
            self.close()
        return Answer(given.status, found, body)

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    def insist(self, target: str, rights: Iterable[Right], ledger: Ledger, headers: Mapping[str, str]) -> Answer | None:
        """Ask until there is an answer, and have it judged; None when there was none in a minute."""
        until = time.monotonic() + _PATIENCE_S
        while time.monotonic() < until:
            begun = time.monotonic()
            try:
                answer = self.get(target, headers)
            except _BROKEN as error:
                ledger.cut(target, begun, repr(error))
                time.sleep(0.05)
                continue
            if ledger.judge(target, rights, answer, headers.get("If-None-Match", "")):
                return answer
            time.sleep(min(1.0, float(answer.headers.get("retry-after", "1"))) / 4)
        ledger.wrong(f"{target}: no answer within {_PATIENCE_S:g} s")
        return None


def ask_all(
    port: int, rights: Rights, ledger: Ledger, *, visitors: int = 6, pause_s: float = 0, seed: int = 1
) -> dict[str, Answer]:
    """Ask for everything over some connections; one in ten has an entity tag, half of those the wrong one."""
    chance = random.Random(seed)
    asked_with = {}
    for target, right in rights.items():
        draw = chance.random()
        asked_with[target] = "" if draw > 0.1 else right[0].etag if draw > 0.05 else '"another"'
    lines = threading.local()
    found: dict[str, Answer] = {}

    def ask(target: str) -> None:
        if not hasattr(lines, "visitor"):
            lines.visitor = Visitor(port)
        tag = asked_with[target]
        answer = lines.visitor.insist(target, rights[target], ledger, {"If-None-Match": tag} if tag else {})
        if answer is not None:
            found[target] = answer
        time.sleep(pause_s)

    with ThreadPoolExecutor(visitors) as crowd:
        list(crowd.map(ask, rights))
    return found


def render_all(port: int, targets: Iterable[str], visitors: int = 4) -> dict[str, Right]:
    """Return what a server answers to which nothing happens; stops the run when that is not a picture each."""
    lines = threading.local()

    def ask(target: str) -> tuple[str, Right]:
        if not hasattr(lines, "visitor"):
            lines.visitor = Visitor(port)
        for _ in range(100):
            answer = lines.visitor.get(target)
            if answer.status == 200 and not answer.is_provisional:
                return target, Right(answer.digest, answer.headers["etag"], size_of(answer.body))
            if answer.status not in {200, 503}:
                break
            time.sleep(0.1)
        raise SystemExit(
            f"a server to which nothing happened answers {target} with {answer.status}: {answer.body[:300]!r}"
        )

    with ThreadPoolExecutor(visitors) as crowd:
        return dict(crowd.map(ask, targets))


class Pulse:
    """Asks for one picture that is kept, again and again on new connections, so that no silence goes unnoticed."""

    def __init__(self, port: int, target: str, right: tuple[Right, ...], ledger: Ledger) -> None:
        self._port, self._target, self._right, self._ledger = port, target, right, ledger
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._is_over.wait(_PULSE_EVERY_S):
            visitor = Visitor(self._port)
            begun = time.monotonic()
            try:
                self._ledger.judge(self._target, self._right, visitor.get(self._target))
            except _BROKEN as error:
                self._ledger.cut(self._target, begun, repr(error))
            finally:
                visitor.close()


class Trouble:
    """Does something again and again while visitors ask."""

    def __init__(self, work: Callable[[], object], every_s: tuple[float, float], seed: int) -> None:
        self._work, self._every_s = work, every_s
        self._chance = random.Random(seed)
        self._is_over = threading.Event()
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()
        if self.error is not None:
            raise self.error

    def _run(self) -> None:
        try:
            while not self._is_over.wait(self._chance.uniform(*self._every_s)):
                self._work()
        except BaseException as error:  # noqa: BLE001 - told where the run can end
            self.error = error


def json_of(port: int, target: str) -> bytes:
    """Ask an operations page, empty when it does not answer."""
    visitor = Visitor(port)
    with suppress(*_BROKEN):
        return visitor.get(target).body
    return b""
