"""Grey letters and digits drawn from fonts: data sets of as many classes as wanted, with known wrong labels.

python -m tests.glyphs FOLDER --classes 500 --images 60 --noise 0.1 --kind symmetric
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from PIL.ImageFont import FreeTypeFont

from core.types import Bools, Ints

SIZE = 64
FONTS = sorted(Path("/usr/share/fonts/truetype/dejavu").glob("DejaVuS*.ttf"))
"""Debian's fonts-dejavu. Pillow's own font, which knows Latin letters and digits, stands in where they are missing."""
SYMMETRIC, PAIR = "symmetric", "pair"


@lru_cache(maxsize=64)
def font(path: Path | None, size: int) -> FreeTypeFont:
    """A font at a size in pixels; None for Pillow's own."""
    found = (
        ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC) if path else ImageFont.load_default(size)
    )
    assert isinstance(found, FreeTypeFont)
    return found


def letters(n_classes: int) -> list[str]:
    """So many characters that look different in the first font: digits, Latin, Greek, Cyrillic and so on."""
    first = font(FONTS[0] if FONTS else None, 36)
    shapes = {_shape(first, "\uffff")}
    found: list[str] = []
    for code in range(0x30, 0x2000):
        shape = _shape(first, chr(code))
        if chr(code).isalnum() and shape not in shapes:
            shapes.add(shape)
            found.append(chr(code))
        if len(found) == n_classes:
            return found
    raise ValueError(f"the fonts here have {len(found)} letters that look different, and {n_classes} are wanted")


def _shape(drawn: FreeTypeFont, letter: str) -> tuple[tuple[int, int], bytes]:
    mask = drawn.getmask(letter)
    return mask.size, bytes(mask)


def drawn(letter: str, rng: np.random.Generator) -> Image.Image:
    """A letter, (64, 64) grey: any font that has it, turned by up to 15 degrees, moved, blurred and noisy."""
    having: list[Path | None] = [
        path for path in FONTS if _shape(font(path, 36), letter) != _shape(font(path, 36), "\uffff")
    ]
    having = having or [None]
    chosen = font(having[rng.integers(len(having))], int(rng.integers(30, 44)))
    paper, ink = int(rng.integers(190, 256)), int(rng.integers(0, 90))
    image = Image.new("L", (SIZE, SIZE), paper)
    at = SIZE / 2 + rng.uniform(-4, 4, 2)
    ImageDraw.Draw(image).text((at[0], at[1]), letter, fill=ink, font=chosen, anchor="mm")
    image = image.rotate(rng.uniform(-15, 15), Image.Resampling.BILINEAR, fillcolor=paper)
    image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0, 1.2)))
    noisy = np.asarray(image, np.float32) + rng.normal(0, rng.uniform(2, 16), (SIZE, SIZE))
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


def with_noise(true: Ints, n_classes: int, share: float, kind: str, seed: int = 0) -> tuple[Ints, Bools]:
    """(n,) given labels of which a share is wrong, and which. symmetric: any other class; pair: the next class."""
    rng = np.random.default_rng(seed)
    wrong = np.zeros(len(true), bool)
    wrong[rng.permutation(len(true))[: round(share * len(true))]] = True
    step = np.ones(len(true), np.int64) if kind == PAIR else rng.integers(1, n_classes, len(true))
    return np.where(wrong, (true + step) % n_classes, true), wrong


def images(n_classes: int, per_class: int, seed: int = 0) -> Iterator[tuple[int, Image.Image]]:
    """Pairs of a class and an image of it, class by class."""
    rng = np.random.default_rng(seed)
    for label, letter in enumerate(letters(n_classes)):
        for _ in range(per_class):
            yield label, drawn(letter, rng)


def write_folder(
    to: Path, n_classes: int, per_class: int, share: float = 0.0, kind: str = SYMMETRIC, seed: int = 0
) -> None:
    """A folder for each given class; a file's name starts with its true one: `u0041/u0042-000017.png` is wrong."""
    names = [f"u{ord(letter):04x}" for letter in letters(n_classes)]
    given, _ = with_noise(np.repeat(np.arange(n_classes), per_class), n_classes, share, kind, seed)
    for name in names:
        (to / name).mkdir(parents=True, exist_ok=True)
    for number, (label, image) in enumerate(images(n_classes, per_class, seed)):
        data = BytesIO()
        image.save(data, "PNG", compress_level=1)
        (to / names[given[number]] / f"{names[label]}-{number:06d}.png").write_bytes(data.getvalue())


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--classes", type=int, default=100)
    asked.add_argument("--images", type=int, default=60, help="of each class")
    asked.add_argument("--noise", type=float, default=0.1, help="share of wrong labels")
    asked.add_argument("--kind", choices=(SYMMETRIC, PAIR), default=SYMMETRIC)
    asked.add_argument("--seed", type=int, default=0)
    args = asked.parse_args()
    write_folder(args.folder, args.classes, args.images, args.noise, args.kind, args.seed)
