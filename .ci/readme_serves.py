"""Run the README's serve command, fetch the picture that the README names, check it, and end the server."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

URL = "http://127.0.0.1:8000/img/astronaut.png?w=400&h=300&gravity=face"
SECONDS = 600

with subprocess.Popen(["bash", "-euo", "pipefail", "-c", sys.argv[1]], start_new_session=True) as server:
    try:
        for _ in range(SECONDS):
            if server.poll() is not None:
                sys.exit(f"the README's command ended with {server.returncode}")
            try:
                with urllib.request.urlopen(URL, timeout=30) as answer:
                    focus, kind, body = answer.headers["x-imgcdn-focus"], answer.headers["content-type"], answer.read()
                break
            except urllib.error.HTTPError as error:
                sys.exit(f"{URL}: {error.code} {error.read().decode()}")
            except OSError:
                time.sleep(1)
        else:
            sys.exit("the README's command serves nothing")
    finally:
        os.killpg(server.pid, signal.SIGTERM)

if not focus.startswith("face;") or kind != "image/jpeg" or len(body) < 5000:
    sys.exit(f"not a face crop: {focus}, {kind}, {len(body)} bytes")
print(f"served: {kind}, {len(body)} bytes, focus {focus}")
