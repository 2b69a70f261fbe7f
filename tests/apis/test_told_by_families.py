"""Errors as each family's clients know them, those too that a test of the server cannot bring about."""

import json

import pytest
from starlette.requests import Request

from imgcdn import errors
from imgcdn.apis.aidge.api import _failed as aidge
from imgcdn.apis.ailab.api import told as ailab
from imgcdn.apis.convertly.told import told as convertly
from imgcdn.apis.imm.api import _failed as imm
from imgcdn.apis.jobs.settings import JobSettings
from imgcdn.apis.snapotter.failures import answered as snapotter
from imgcdn.families import ERROR_FORMS

REQUEST = Request({"type": "http", "headers": [(b"host", b"cdn.example")], "method": "GET", "path": "/"})
KINDS = [kind for kind in errors.BY_CODE.values() if kind is not errors.InternalError] + [errors.InternalError]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.InvalidParameterError, 700),
        (errors.UnsupportedMediaTypeError, 700),
        (errors.UploadTooLargeError, 700),
        (errors.CorruptImageError, 700),
        (errors.SourceForbiddenError, 700),
        (errors.QueueFullError, 501),
        (errors.LookFailedError, 801),
        (errors.RenderTimeoutError, 801),
        (errors.FeatureNotInstalledError, 801),
        (errors.InternalError, 500),
        (errors.OverloadedError, 500),
        (errors.SourceTimeoutError, 500),
    ],
)
def test_aidges_codes_are_those_of_its_page(error, code):
    answer = aidge(REQUEST, error("why", param="imageUrl"))
    said = json.loads(answer.body)
    assert (said["success"], said["resCode"], said["code"]) == (False, code, str(code))
    assert "why" in said["resMessage"]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.InvalidParameterError, 400, "ERROR_INVALID_PARAMETER"),
        (errors.UnsupportedMediaTypeError, 400, "ERROR_PARAMETERS"),
        (errors.MissingKeyError, 401, "ERROR_USER_NOT_EXISTS"),
        (errors.CorruptImageError, 400, "PROCESSING_FAILURE"),
        (errors.QueueFullError, 429, "ERROR_NOT_ENOUGH_CREDITS"),
        (errors.InternalError, 500, "PROCESSING_FAILURE"),
        (errors.OverloadedError, 503, "PROCESSING_FAILURE"),
    ],
)
def test_ailabs_codes_are_those_of_its_page(error, status, code):
    answer = ailab(error("why"), None)
    said = json.loads(answer.body)
    assert answer.status_code == said["error_code"] == said["error_detail"]["status_code"] == status
    assert said["error_detail"]["code"] == code


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.InvalidParameterError, 400, "InvalidArgument"),
        (errors.CorruptImageError, 422, "InvalidArgument"),
        (errors.MissingKeyError, 401, "InvalidAccessKeyId"),
        (errors.KeyNotAllowedError, 403, "AccessDenied"),
        (errors.SourceNotFoundError, 404, "ResourceNotFound"),
        (errors.QueueFullError, 429, "Throttling"),
        (errors.InternalError, 500, "InternalError"),
        (errors.OverloadedError, 503, "ServiceUnavailable"),
    ],
)
def test_imms_codes_are_those_of_its_page(error, status, code):
    answer = imm(REQUEST, error("why"))
    said = json.loads(answer.body)
    assert (answer.status_code, said["Code"], said["Message"], said["HostId"]) == (status, code, "why", "cdn.example")
    assert said["RequestId"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_every_error_has_a_form_and_a_status_that_convertlys_and_snapotters_clients_know(kind):
    answer = convertly(kind("why"), None)
    assert json.loads(answer.body) == {"error": "why"}
    assert ("retry-after" in answer.headers) == (answer.status_code in {429, 503})
    job = snapotter(kind("why"))
    assert json.loads(job.body) == {"error": "why", "code": kind.code.upper()}
    assert job.status_code == (
        422 if kind.status == 415 and kind is not errors.UnsupportedMediaTypeError else kind.status
    )


@pytest.mark.parametrize(
    ("path", "members"),
    [
        ("/api/cdn-presets", {"error"}),
        ("/api/v1/tools/smart-crop", {"error", "code"}),
        ("/api/image/editing/image-cropping", {"request_id", "log_id", "error_code", "error_msg", "error_detail"}),
        ("/ai/image/cropping", {"success", "resCode", "resMessage", "requestId", "code", "data"}),
        ("/v1/imm", {"RequestId", "HostId", "Code", "Message"}),
    ],
)
def test_who_asks_too_often_is_told_so_in_each_familys_form(path, members):
    prefix = max((prefix for prefix in ERROR_FORMS if path.startswith(prefix)), key=len)
    answer = ERROR_FORMS[prefix](errors.RateLimitedError("why"), "id-1")
    assert answer.status_code == 429
    assert set(json.loads(answer.body)) == members


def test_jobs_are_kept_for_72_hours_unless_the_settings_say_otherwise():
    assert JobSettings().keep_s == 72 * 3600
