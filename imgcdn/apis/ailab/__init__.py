"""AILabTools' image cropping: an upload in, a URL of the cropped picture and where the source lies in it out."""

from imgcdn.apis.ailab.api import OPERATIONS, AilabApi

__all__ = ["OPERATIONS", "AilabApi"]
