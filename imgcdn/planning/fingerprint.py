"""Names for renditions: two asks share one exactly when their bytes must be the same."""

from hashlib import sha256

from imgcdn.model.media import Bucket
from imgcdn.planning.settings import Encoding, Limits

RECIPE = "4"
"""Raised whenever the same plan may give other bytes than before."""


def recipe(limits: Limits, encoding: Encoding, engine: str) -> str:
    """Everything besides the ask that may change output bytes: our own recipe, the settings, the library's version."""
    return f"{RECIPE};{engine};{limits.max_side},{limits.max_pixels};{encoding.model_dump_json()}"


def fingerprint(digest: str, canonical: str, bucket: Bucket | None, focus_state: str, made_by: str) -> str:
    """Return the cache key (64 hex digits) of a rendition.

    `bucket` is None when the URL names the format; `focus_state` names the engine versions that may decide the crop.
    """
    text = "\n".join((digest, canonical, bucket or "", focus_state, made_by))
    return sha256(text.encode()).hexdigest()
