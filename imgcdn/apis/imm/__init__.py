"""Alibaba IMM's DetectImageCropping: the best windows of a picture in a bucket, as RPC."""

from imgcdn.apis.imm.api import OPERATIONS, ImmApi

__all__ = ["OPERATIONS", "ImmApi"]
