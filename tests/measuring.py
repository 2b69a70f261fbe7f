"""How pictures are compared: by what they show, never by their bytes."""

import io

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

Pixels = npt.NDArray[np.float64]


def opened(body: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(body))
    image.load()
    return image


def pixels_of(image: Image.Image) -> Pixels:
    """Return rows of RGB, or of RGBA where there is alpha, as numbers from 0 to 255."""
    return np.asarray(image.convert("RGBA" if image.has_transparency_data else "RGB"), float)


def psnr(one: Pixels, other: Pixels) -> float:
    """Return how alike two pictures of one size are, in dB; 99 for equal ones."""
    error = float(np.mean((one - other) ** 2))
    return 99.0 if error == 0 else 10 * float(np.log10(255**2 / error))


def impression(image: Image.Image, side: int = 32) -> Pixels:
    """Return a picture as one sees it from afar: small, blurred, on white."""
    rgba = image.convert("RGBA")
    white = Image.new("RGBA", rgba.size, "white")
    white.alpha_composite(rgba)
    small = white.convert("RGB").resize((side, side), Image.Resampling.BOX)
    return np.asarray(small.filter(ImageFilter.GaussianBlur(1)), float)


def distance(one: Image.Image, other: Image.Image) -> float:
    """Return the mean difference, 0 to 255, of two pictures seen from afar."""
    return float(np.abs(impression(one) - impression(other)).mean())


def durations(image: Image.Image) -> list[int]:
    """Return what each frame lasts, in milliseconds."""
    found = []
    for index in range(getattr(image, "n_frames", 1)):
        image.seek(index)
        image.load()
        found.append(int(image.info.get("duration", 0)))
    return found
