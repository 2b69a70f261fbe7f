import os

import pytest
from pydantic import ValidationError

from imgcdn.workers.settings import PoolSettings, cores


def test_no_number_means_one_worker_per_core():
    assert PoolSettings().size == cores()
    assert 1 <= cores() <= (os.cpu_count() or 1)
    assert PoolSettings(workers=3).size == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"workers": -1},
        {"queue": -1},
        {"timeout_s": 0},
        {"max_tasks": 0},
        {"niceness": -1},
        {"niceness": 20},
        {"typo": 1},
    ],
)
def test_values_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ValidationError):
        PoolSettings(**wrong)


def test_every_setting_says_what_it_does():
    assert all(field.description for field in PoolSettings.model_fields.values())
