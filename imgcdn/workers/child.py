"""The main program of a worker process: loads one module of tasks, then answers one request at a time until
the front is gone. It imports next to nothing itself, so that a worker weighs what its tasks weigh.
"""

import ctypes
import faulthandler
import gc
import importlib
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from imgcdn.errors import ImgcdnError, SettingsError
from imgcdn.workers import messages
from imgcdn.workers.messages import Failure

Tasks = Mapping[str, Callable[..., tuple[dict[str, Any], bytes]]]

_PR_SET_PDEATHSIG = 1


def main(arguments: Sequence[str]) -> None:
    """Serve on the socket with the number `arguments[0]` the tasks of the module named `arguments[1]`.

    `arguments[2]` is the front's process id, `arguments[3]` how much less urgent than it this process is (see nice(2)).
    """
    settle_in(int(arguments[2]))
    os.nice(int(arguments[3]))
    with socket.socket(fileno=int(arguments[0])) as sock, suppress(EOFError, ConnectionError):
        sock.set_inheritable(False)  # a program that a task starts must not keep this end open
        tasks = prepare(sock, arguments[1])
        gc.collect()
        gc.freeze()  # what start-up made stays, so collections need not look at it again
        while tasks is not None:
            answer(sock, tasks)


def settle_in(front: int) -> None:
    """Let this process die with its front, leave signals to it, and be the first that a lack of memory kills."""
    # Terminals and service managers signal the whole group: the front drains, so its workers must go on working.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if sys.platform == "linux":
        with suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")
    die_with(front)
    with suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415  # not on every platform

        # Dumps of hostile files are slow and fill disks; 1 also stops the ones that are piped to a program.
        resource.setrlimit(resource.RLIMIT_CORE, (1, 1))
    with suppress(OSError):
        os.dup2(2, 1)  # native libraries print
    faulthandler.enable()


def die_with(parent: int) -> None:
    """Let the kernel end this process when `parent`, which started it, ends: in the middle of a task too."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the line above could notice
        os._exit(0)


def prepare(sock: socket.socket, module: str) -> Tasks | None:
    """Load and start the module as the first request says, and tell the front whether that went well."""
    try:
        settings_json = messages.unpack_request(messages.receive_request(sock))
        home = importlib.import_module(module)
        home.start(settings_json)
        tasks: Tasks = home.TASKS
    except ImgcdnError as error:
        failure = Failure(error.code, error.detail, error.param)
    except SettingsError as error:
        failure = Failure("internal", str(error))
    except Exception as error:  # noqa: BLE001  # whatever it is, the operator must read it
        failure = Failure("internal", f"{type(error).__name__}: {error}", log=traceback.format_exc())
    else:
        messages.send(sock, messages.pack_reply({}, b""))
        return tasks
    messages.send(sock, messages.pack_failure(failure))
    return None


def answer(sock: socket.socket, tasks: Tasks) -> None:
    """Wait for one request, run its task, and send what came of it."""
    request = messages.receive_request(sock)
    try:
        task, arguments = messages.unpack_request(request)
        parts = messages.pack_reply(*tasks[task](*arguments))
    except ImgcdnError as error:
        parts = messages.pack_failure(Failure(error.code, error.detail, error.param))
    except Exception:  # noqa: BLE001  # a task's bug must not cost the worker
        parts = messages.pack_failure(Failure("internal", "the task failed unexpectedly", log=traceback.format_exc()))
    messages.send(sock, parts)


if __name__ == "__main__":
    main(sys.argv[1:])
