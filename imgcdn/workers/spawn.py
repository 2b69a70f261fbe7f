"""How a worker process is started: its interpreter, its environment, and its end of the socket."""

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


def spawn(
    module: str, environment: Mapping[str, str], niceness: int = 0
) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start a process that serves the tasks of `module`, by `niceness` less urgently than this one.

    Return it and our end of its socket.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            # Never from a helper thread: the kernel would take that thread's end for the death of the front.
            process = subprocess.Popen(
                # -P: a folder of pictures that happens to be the current one is no place to import from.
                [
                    sys.executable,
                    "-P",
                    "-m",
                    "imgcdn.workers.child",
                    str(theirs.fileno()),
                    module,
                    str(os.getpid()),
                    str(niceness),
                ],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=importable({**os.environ, "MALLOC_ARENA_MAX": "2", **environment}),
            )
        except BaseException:
            ours.close()
            raise
    ours.setblocking(False)
    return process, ours


def importable(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment in which a child of this process imports the same imgcdn."""
    merged = dict(environment)
    home = str(Path(__file__).parents[2])
    if not home.endswith("-packages"):  # a checkout, which the child would not find by itself
        merged["PYTHONPATH"] = os.pathsep.join(filter(None, [home, merged.get("PYTHONPATH")]))
    return merged
