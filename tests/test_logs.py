"""What is written to stderr is one JSON object a line, whoever writes it."""

import json
import subprocess
import sys

SCRIPT = """
import logging, structlog
from imgcdn import logs
logs.configure("info")
log = structlog.get_logger("imgcdn.x")
structlog.contextvars.bind_contextvars(request_id="r1")
log.debug("unheard")
log.info("said", path="a\\nb", number=1)
try:
    1 / 0
except ZeroDivisionError:
    log.exception("wrong")
logging.getLogger("uvicorn.error").info("unheard")
logging.getLogger("uvicorn.error").error("told by %s", "uvicorn")
"""


def test_every_line_is_an_object_with_level_time_and_the_requests_id():
    ended = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    found = [json.loads(line) for line in ended.stderr.splitlines()]
    assert [line["event"] for line in found] == ["said", "wrong", "told by uvicorn"]
    assert [line["level"] for line in found] == ["info", "error", "error"]
    assert {line["request_id"] for line in found} == {"r1"}
    assert all(line["timestamp"].endswith("Z") for line in found)
    assert (found[0]["path"], found[0]["number"]) == ("a\nb", 1)
    assert "ZeroDivisionError" in found[1]["exception"]
    assert found[2]["logger"] == "uvicorn.error"
