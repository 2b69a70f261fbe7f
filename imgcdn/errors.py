"""The family tree of errors: each class carries its HTTP status, its stable code and its public title.

Rooms raise these; nobody guesses an error from its text. `http.md` §6 lists the codes.
"""

from typing import ClassVar


class ImgcdnError(Exception):
    """An answer other than a picture. `detail` is public: name the parameter, the value and what was expected."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    title: ClassVar[str] = "Something went wrong here"
    retry_after_s: int | None = None

    def __init__(self, detail: str, *, param: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.param = param


class InternalError(ImgcdnError):
    pass


# What is refused before it is a request
class MalformedRequestError(ImgcdnError):
    status, code, title = 400, "malformed_request", "What was sent is no HTTP request"


class UrlTooLongError(ImgcdnError):
    status, code, title = 414, "url_too_long", "The URL is too long"


class HeadersTooLargeError(ImgcdnError):
    status, code, title = 431, "headers_too_large", "The headers of the request are too large"


# 400: the request itself
class InvalidParameterError(ImgcdnError):
    status, code, title = 400, "invalid_parameter", "A parameter has a value that cannot be used"


class InvalidBase64Error(InvalidParameterError):
    status, code, title = 400, "invalid_base64", "A parameter is not in the base64 that it should be in"


class UnknownParameterError(ImgcdnError):
    status, code, title = 400, "unknown_parameter", "There is no such parameter"


class ConflictingParametersError(ImgcdnError):
    status, code, title = 400, "conflicting_parameters", "Two parameters contradict each other"


# 401, 403: who asks
class MissingKeyError(ImgcdnError):
    status, code, title = 401, "missing_key", "This needs an API key"


class BadSignatureError(ImgcdnError):
    status, code, title = 403, "bad_signature", "The URL is not signed as it must be"


class KeyNotAllowedError(ImgcdnError):
    status, code, title = 403, "key_not_allowed", "This API key may not do this"


class NotAllowedError(ImgcdnError):
    status, code, title = 403, "not_allowed", "The settings of this server do not allow it"


# 403, 404, 410: the source
class SourceForbiddenError(ImgcdnError):
    status, code, title = 403, "source_forbidden", "This source may not be read"


class PrivateAddressError(ImgcdnError):
    status, code, title = 403, "private_address", "The source's address may not be fetched"


class SizeNotAllowedError(ImgcdnError):
    status, code, title = 403, "size_not_allowed", "This size may not be asked for"


class SourceNotFoundError(ImgcdnError):
    status, code, title = 404, "source_not_found", "There is no such picture"


class PresetNotFoundError(ImgcdnError):
    status, code, title = 404, "preset_not_found", "There is no such preset"


class NotFoundError(ImgcdnError):
    status, code, title = 404, "not_found", "There is nothing at this path"


class UrlExpiredError(ImgcdnError):
    status, code, title = 410, "url_expired", "The URL was valid for a time that has passed"


class LinkExpiredError(UrlExpiredError):
    """The same for grammars that know no 410 for it."""

    status, code, title = 404, "link_expired", "The URL was valid for a time that has passed"


class SourceGoneError(ImgcdnError):
    status, code, title = 410, "source_gone", "The picture was removed"


class MethodNotAllowedError(ImgcdnError):
    status, code, title = 405, "method_not_allowed", "This method is not served here"


class NotAcceptableError(ImgcdnError):
    status, code, title = 406, "not_acceptable", "The picture has no format that the client takes"


class ConflictError(ImgcdnError):
    status, code, title = 409, "conflict", "It contradicts what is there already"


class RangeNotSatisfiableError(ImgcdnError):
    status, code, title = 416, "range_not_satisfiable", "The range lies outside the picture"


# 413, 415, 422: the source's content
class SourceTooLargeError(ImgcdnError):
    status, code, title = 413, "source_too_large", "The source file is too large"


class TooManyPixelsError(ImgcdnError):
    status, code, title = 413, "too_many_pixels", "The source has too many pixels"


class TooManyFramesError(ImgcdnError):
    status, code, title = 413, "too_many_frames", "The source has too many frames"


class UploadTooLargeError(ImgcdnError):
    status, code, title = 413, "upload_too_large", "The upload is too large"


class UnsupportedMediaTypeError(ImgcdnError):
    status, code, title = 415, "unsupported_media_type", "The body is of a kind that is not read here"


class UnsupportedSourceFormatError(ImgcdnError):
    status, code, title = (
        415,
        "unsupported_source_format",
        "The source is not a picture that can be read here",
    )


class CorruptImageError(ImgcdnError):
    status, code, title = 422, "corrupt_image", "The source is damaged"


class ImpossibleCropError(ImgcdnError):
    status, code, title = 422, "impossible_crop", "The crop leaves nothing of the picture"


# 429: too much of it
class RateLimitedError(ImgcdnError):
    status, code, title = 429, "rate_limited", "Too many requests came from one client"
    retry_after_s = 60

    def __init__(self, detail: str, *, param: str | None = None, retry_after_s: int = 60) -> None:
        super().__init__(detail, param=param)
        self.retry_after_s = retry_after_s


# 500 and above: us, or what stands behind us
class FeatureNotInstalledError(ImgcdnError):
    status, code, title = 501, "feature_not_installed", "This server lacks the feature"


class SourceError(ImgcdnError):
    status, code, title = 502, "source_error", "The source's server did not deliver it"
    retry_after_s = 5


class OverloadedError(ImgcdnError):
    status, code, title = 503, "overloaded", "Too much work is waiting"
    retry_after_s = 1


class QueueFullError(OverloadedError):
    """What was to be done later: the client has given more than is taken at once."""

    status, code, title = 429, "queue_full", "Too many pictures wait for jobs"
    retry_after_s = 5


class DrainingError(ImgcdnError):
    status, code, title = 503, "draining", "The server is shutting down"
    retry_after_s = 5


class RecordsUnavailableError(ImgcdnError):
    status, code, title = 503, "records_unavailable", "What people told this server cannot be kept now"
    retry_after_s = 5


class LookFailedError(ImgcdnError):
    status, code, title = 503, "look_failed", "The picture could not be looked at, which this URL needs"
    retry_after_s = 5


class SourceTimeoutError(ImgcdnError):
    status, code, title = 504, "source_timeout", "The source's server was too slow"
    retry_after_s = 5


class RenderTimeoutError(ImgcdnError):
    status, code, title = 504, "render_timeout", "Rendering took too long and was stopped"


class SettingsError(Exception):
    """The settings cannot be used; the message names the setting, its value and what was expected."""


def _family(root: type[ImgcdnError]) -> dict[str, type[ImgcdnError]]:
    return {root.code: root} | {code: kind for sub in root.__subclasses__() for code, kind in _family(sub).items()}


BY_CODE = _family(ImgcdnError) | {"internal": InternalError}


def from_code(code: str, detail: str, param: str | None = None) -> ImgcdnError:
    """Rebuild an error that crossed a process border as its code and detail."""
    return BY_CODE.get(code, InternalError)(detail, param=param)
