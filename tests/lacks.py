"""Skipping for the lack of something, where that may be."""

import os
from typing import NoReturn

import pytest


def lacking(what: str) -> NoReturn:
    """Skip for the lack of something, except where everything must be there: CI sets IMGCDN_TEST_ALL=1."""
    if os.environ.get("IMGCDN_TEST_ALL") == "1":
        pytest.fail(f"IMGCDN_TEST_ALL is set, but {what}", pytrace=False)
    pytest.skip(what)
