"""Good and bad requests made from the OpenAPI document, thousands of them, against a real server."""

import re

import pytest
from fuzzing import SETTINGS, fuzz

LEAST_CASES = 2000


@pytest.mark.timeout(1200)
def test_every_answer_is_declared_and_every_bad_request_is_refused(serve, photos, tmp_path):
    """No 500, no status, type or form of an answer that the document does not tell of, no bad request that passes."""
    server = serve(settings=SETTINGS.format(photos=photos))
    done = fuzz(server, tmp_path, most=4)
    assert not done.findings, done.findings
    assert done.cases >= LEAST_CASES
    assert server.get("/-/ready").status_code == 200
    assert re.findall(r'"status": 500.*', server.said) == []
