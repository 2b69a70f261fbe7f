"""Alibaba Aidge's image cropping: a URL or Base64 in, a signed URL of the cropped picture out."""

from imgcdn.apis.aidge.api import OPERATIONS, AidgeApi

__all__ = ["OPERATIONS", "AidgeApi"]
