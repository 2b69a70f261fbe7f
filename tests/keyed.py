"""API keys for servers under test, made by the command while they run."""

import subprocess

from serving import Server, command, environment, eventually


def add_key(server: Server, kind: str = "secret") -> str:
    """Make a key and wait until the server knows that there is one."""
    folder = {"IMGCDN_DATA__DIR": str(server.cache.parent / "data"), "COLUMNS": "200"}
    ended = subprocess.run(
        command("keys", "add", kind, "--kind", kind),
        capture_output=True,
        text=True,
        check=True,
        env=environment(folder),
        timeout=60,
    )
    eventually(lambda: server.ask("POST", "/v1/purge").status_code == 401, 5, "the key is noticed")
    return ended.stdout.strip()
