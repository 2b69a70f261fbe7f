"""A few strips in place of a whole picture, for what must be measured and would take too long on every pixel."""

import pyvips


def strips(image: pyvips.Image, pixels: int, rows: int, count: int) -> pyvips.Image:
    """Return about so many pixels, as `count` strips below each other, their height a multiple of `rows`.

    Each is from the middle of its share of the picture, which is returned whole where that is not much more.
    """
    height = max(rows, pixels // count // image.width // rows * rows)
    if count * height >= image.height:
        return image
    share = image.height / count
    cut = [image.crop(0, int(index * share + (share - height) / 2), image.width, height) for index in range(count)]
    return pyvips.Image.arrayjoin(cut, across=1)


def first_frame(image: pyvips.Image) -> pyvips.Image:
    height = image.get_page_height()
    return image.crop(0, 0, image.width, height) if height < image.height else image
