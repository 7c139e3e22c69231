"""TIFFs of more than 8 bits a sample, and of kinds that Pillow does not know, by tifffile.

Cameras, microscopes and satellites write floats, half floats, separate planes, packed 12 bits and any number of bands.
What is colour is read; bands that nothing in the file calls colour are not guessed to be.
"""

from __future__ import annotations

from io import BytesIO
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInput
from .ranges import PixelRange, Samples

if TYPE_CHECKING:
    from tifffile import TiffPage

SIGNATURES = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
ORIENTATION, NODATA = 274, 42113  # tags; the second is GDAL's for values that are no measurement
_SAMPLES_OF = {0: 1, 1: 1, 2: 3, 3: 1}  # white is zero, black is zero, RGB, palette
BYTES_A_PIXEL = 4  # of the largest image: as many as Pillow takes for one of colours
_PREMULTIPLIED, _ALPHA = 1, 2  # values of ExtraSamples


class NotRead(BadInput):
    """A whole TIFF of a kind that is not read; the message says which."""


class NotWhole(BadInput):
    """A TIFF that ends early or contradicts itself."""


def read_tiff(data: bytes, largest: int) -> Samples:
    """The first page. Raises NotRead with the kind of TIFF it is, or NotWhole with the reason.

    largest: pixels, above which it is not decoded.
    """
    import tifffile  # here, because hardly any data set needs it and the dashboard loads this module

    try:
        with tifffile.TiffFile(BytesIO(data)) as file:
            page = file.pages.first
            _refuse_other_kinds(page, largest)
            return _samples(page, page.asarray())
    except NotRead:
        raise
    except Exception as error:  # hostile bytes make the reader raise anything; all of it is a refusal
        raise NotWhole(str(error) or type(error).__name__) from error


def _refuse_other_kinds(page: TiffPage, largest: int) -> None:
    from tifffile import PHOTOMETRIC

    photometric, samples = PHOTOMETRIC(page.photometric), page.samplesperpixel
    if page.dtype is None or page.dtype.kind not in "buif":
        raise NotRead(f"a TIFF of {page.dtype or f'{page.bitspersample}-bit samples of an unknown type'}")
    colours = _SAMPLES_OF.get(photometric)
    if colours is None and not (photometric == 6 and int(page.compression) == 7):  # YCbCr comes out of JPEG as RGB
        raise NotRead(f"a TIFF of colours as {photometric.name}, {_bands(page)}")
    further = samples - (colours or 3)
    if further and not (photometric in (1, 2) and 0 < further == len(page.extrasamples)):
        raise NotRead(f"a TIFF of {_bands(page)}")
    if colours == 1 and further and not _alpha_place(page):
        raise NotRead(f"a TIFF of {_bands(page)}, of which nothing says that they are colours")
    if page.imagedepth > 1:
        raise NotRead(f"a TIFF of a volume of {page.imagedepth} layers")
    if page.nbytes > BYTES_A_PIXEL * largest:
        raise NotRead(f"a TIFF of {page.imagewidth:,} × {page.imagelength:,} pixels, {page.nbytes >> 20:,} MB decoded")
    if len(page.dataoffsets) < prod(page.chunked) or not page.nbytes:
        raise NotWhole(f"{len(page.dataoffsets):,} of {prod(page.chunked):,} strips or tiles are there: truncated")


def _bands(page: TiffPage) -> str:
    kind = f"of {page.bitspersample} bits" if page.dtype is None or page.dtype.kind in "bui" else f"of {page.dtype}"
    return f"{page.samplesperpixel} band{'s' if page.samplesperpixel > 1 else ''} {kind}"


def _alpha_place(page: TiffPage) -> int:
    """1 or 2 as ExtraSamples says of the first sample after the colours, 0 if it is no transparency."""
    kind = int(page.extrasamples[0]) if page.extrasamples else 0
    return kind if kind in (_PREMULTIPLIED, _ALPHA) else 0


def _samples(page: TiffPage, values: NDArray[Any]) -> Samples:
    if page.axes.startswith("S"):  # one plane a sample
        values = np.moveaxis(values, 0, -1)
    values = values.reshape(page.imagelength, page.imagewidth, -1)
    photometric, colours = int(page.photometric), _SAMPLES_OF.get(int(page.photometric), 3)
    top = float(2**page.bitspersample - 1)
    declared = PixelRange(0, top) if page.dtype is not None and page.dtype.kind == "u" else None
    alpha = None
    if values.shape[2] > colours and _alpha_place(page):
        alpha = (values[..., colours] / (top if values.dtype.kind in "ui" else 1.0)).astype(np.float32)
    values = values[..., :colours]
    if photometric == 3:
        values = np.moveaxis(np.asarray(page.colormap), 0, -1)[values[..., 0]]  # 16-bit colours
    elif photometric == 0:
        values = _negative(values, declared)
    values = _without_nodata(page, values)
    if alpha is not None and _alpha_place(page) == _PREMULTIPLIED:
        values = np.clip(values / np.maximum(alpha, 1 / 65535)[..., None], 0, top).astype(values.dtype)
    tag = page.tags.get(ORIENTATION)
    return Samples(
        values=values[..., 0] if values.shape[2] == 1 else values, alpha=alpha,
        declared=declared if page.bitspersample not in (16, 32, 64) else None,
        orientation=int(tag.value) if tag is not None else 1, mode=_bands(page),
    )  # fmt: skip


def _negative(values: NDArray[Any], declared: PixelRange | None) -> NDArray[Any]:
    """White is zero: the darkest is the highest."""
    if declared is not None:
        return np.asarray(np.array(declared.high, values.dtype) - values)
    return np.asarray(-values.astype(np.float64))


def _without_nodata(page: TiffPage, values: NDArray[Any]) -> NDArray[Any]:
    tag = page.tags.get(NODATA)
    if tag is None:
        return values
    missing = values == float(str(tag.value).strip(" \x00"))
    return np.where(missing, np.nan, values.astype(np.float64)) if missing.any() else values
