"""A task module as a worker loads it, with every way in which one can go wrong."""

import json
import math
import os
import signal
import sys
import time
from pathlib import Path

from imgcdn.errors import FeatureNotInstalledError, SizeNotAllowedError

started_with: dict = {}


def start(settings_json: str) -> None:
    started_with.update(json.loads(settings_json))
    if "fail" in started_with:
        raise RuntimeError(started_with["fail"])
    if started_with.get("missing"):
        raise FeatureNotInstalledError("mediapipe is not installed")
    if started_with.get("die"):
        os.kill(os.getpid(), signal.SIGKILL)
    if "deaths" in started_with and (ahead := Path(started_with["deaths"])).exists():
        left = int(ahead.read_text())
        ahead.write_text(str(left - 1)) if left > 1 else ahead.unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    if started_with.get("loop"):
        time.sleep(60)
    if "flag" in started_with and Path(started_with["flag"]).exists():
        raise RuntimeError("the flag says no")


def echo(*args):
    return {"args": list(args), "pid": os.getpid(), "settings": started_with}, b""


def body(size):
    return {"pid": os.getpid()}, b"x" * size


def size_of(data):
    return {"size": len(data)}, b""


def nap(seconds):
    time.sleep(seconds)
    return {"pid": os.getpid()}, b""


def crash(number):
    os.kill(os.getpid(), number)
    time.sleep(5)


def leave(status):
    os._exit(status)


def bug():
    raise ZeroDivisionError("a secret path")


def forbid():
    raise SizeNotAllowedError("w=7 is not allowed", param="w")


def unsendable():
    return {"value": object()}, b""


def not_json():
    return {"value": math.nan}, b""


def surrogate():
    raise SizeNotAllowedError("\ud800 name")


def send_raw(data):
    os.write(int(sys.argv[1]), data)
    time.sleep(0.5)


def chatty():
    print("from Python", flush=True)  # noqa: T201  # the point of the task
    os.write(1, b"from C\n")
    return {"stdin": sys.stdin.read()}, b""


def facts():
    score = Path("/proc/self/oom_score_adj")
    return {
        "arenas": os.environ.get("MALLOC_ARENA_MAX"),
        "oom": score.read_text().strip() if score.exists() else None,
        "fds": sum(1 for _ in Path("/proc/self/fd").iterdir()),
        "modules": sorted(sys.modules),
        "path": sys.path,
        "interrupt": signal.getsignal(signal.SIGINT) is signal.SIG_IGN,
    }, b""


TASKS = {
    task.__name__: task
    for task in (
        echo,
        body,
        size_of,
        nap,
        crash,
        leave,
        bug,
        forbid,
        unsendable,
        not_json,
        surrogate,
        send_raw,
        chatty,
        facts,
    )
}
