"""What a file that no reader takes for an image is, by its first bytes."""

from __future__ import annotations

_IMAGES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF", b"II*\x00", b"MM\x00*", b"BM", b"qoif")
_MARKUP = ((b"<svg", "an SVG drawing"), (b"<!doctype html", "a web page"), (b"<html", "a web page"))
_OTHERS = (
    (0, b"%PDF", "a PDF document"), (0, b"%!PS", "a PostScript drawing"), (128, b"DICM", "a DICOM file"),
    (0, b"DDS ", "a DDS texture"), (0, b"8BPS", "a Photoshop file"), (0, b"v/1\x01", "an OpenEXR image"),
    (0, b"SIMPLE  =", "a FITS file"), (0, b"\x89HDF\r\n", "an HDF5 file"), (0, b"\x93NUMPY", "a NumPy array"),
    (0, b"PK\x03\x04", "a zip archive"), (0, b"\x1f\x8b", "a gzip archive"), (0, b"PAR1", "a Parquet file"),
    (0, b"II\xbc\x01", "a JPEG XR image"), (0, b"\x01\xda", "an SGI image"), (0, b"#?RADIANCE", "a Radiance image"),
    (0, b"version https://git-lfs", "a Git LFS pointer, whose file was not fetched"),
)  # fmt: skip
_FILMS = (b"ftypisom", b"ftypmp4", b"ftypqt", b"ftypM4V", b"ftypiso", b"ftypavc1", b"ftyp3gp")


def what_it_is(data: bytes) -> tuple[str, str]:
    """(reason, detail) of a refusal of bytes that are not understood as an image."""
    size = f"{len(data)} bytes"
    head = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for mark, what in _MARKUP:
        if head.startswith(mark) or (head.startswith(b"<?xml") and mark in head):
            return "not an image", f"{what}, {size}"
    for place, mark, what in _OTHERS:
        if data.startswith(mark, place):
            return "not an image", f"{what}, {size} of something else than an image"
    if data[4:12].startswith(_FILMS):
        return "not an image", f"a film, {size} of something else than an image"
    if bits := _bits_of_jpeg(data):
        return "unreadable", f"a JPEG of {bits} bits, which is not read"
    if data.startswith(_IMAGES) or data[4:12] == b"ftypavif":
        return "truncated", f"it starts like an image but its header is cut off or broken, {size}"
    return "not an image", f"{size} of something else, or of a format that is not read"


def _bits_of_jpeg(data: bytes) -> int:
    """Bits a sample that a JPEG's frame header states, 0 if it is none or has the usual 8 (ITU-T T.81, B.1.1.4)."""
    place = 2 if data.startswith(b"\xff\xd8\xff") else len(data)
    while place + 4 < len(data) and data[place] == 0xFF:
        marker, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return data[place + 4] if data[place + 4] in (2, 10, 12, 16) else 0
        place += 2 + length
    return 0
