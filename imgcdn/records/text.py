"""The one thing that a text must be to be kept: writable as UTF-8."""

from imgcdn import errors


def check(param: str, text: str) -> None:
    """Raise InvalidParameterError for a text with a lone surrogate, which JSON can carry and no database keeps."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise errors.InvalidParameterError(
            f"{param} has half a character at position {error.start}: expected text that can be written as UTF-8",
            param=param,
        ) from None
