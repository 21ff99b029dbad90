"""Smaller copies of pictures: made from the published bytes, never kept beside them."""

import io

from PIL import Image, ImageOps

from .uploads import PICTURES

WIDTHS = (480, 960)  # pixels
QUALITY = 80
MOST_PIXELS = 40_000_000


def shrink(data, width):
    """Return a WebP copy of a picture at most `width` pixels wide, without what a camera wrote into it.

    Raises ValueError where the bytes are no picture that can be drawn, or more than 40 megapixels.
    """
    try:
        with Image.open(io.BytesIO(data), formats=list(PICTURES)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise ValueError("more than 40 megapixels")
            upright = ImageOps.exif_transpose(picture)
            upright = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
            upright.thumbnail((width, MOST_PIXELS))
            small = io.BytesIO()
            upright.save(small, "WEBP", quality=QUALITY, exif=b"", xmp=b"", icc_profile=None)
            return small.getvalue()
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(str(error)) from error
