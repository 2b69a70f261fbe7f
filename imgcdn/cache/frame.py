"""Values carry their own proof: bytes altered, truncated or under another key are noticed on reading."""

import hashlib

_MAGIC = b"imc1"  # raise the digit when the frame itself changes: older values are then misses
_DIGEST_SIZE = hashlib.sha256().digest_size
OVERHEAD = len(_MAGIC) + _DIGEST_SIZE
"""Bytes that a frame adds to a value."""


class BrokenFrameError(Exception):
    """What was read is not what was stored; the message says in which way."""


def seal(key: str, value: bytes) -> bytes:
    """Return magic + SHA-256 of key and value + value."""
    return b"".join((_MAGIC, _digest(key, value), value))


def unseal(key: str, framed: bytes) -> memoryview:
    """Return the value that `seal` framed under this key, not copied, or raise BrokenFrameError."""
    if not framed.startswith(_MAGIC) or len(framed) < OVERHEAD:
        raise BrokenFrameError("it does not begin with a frame")
    value = memoryview(framed)[OVERHEAD:]
    if not framed.startswith(_digest(key, value), len(_MAGIC)):
        raise BrokenFrameError("its digest does not match")
    return value


def _digest(key: str, value: bytes | memoryview) -> bytes:
    named = key.encode()
    digest = hashlib.sha256(len(named).to_bytes(4) + named)
    digest.update(value)
    return digest.digest()
