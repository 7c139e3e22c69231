"""One picture of all corruptions: a row per kind, the image itself and then severities 1 to 5."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .registry import SEVERITIES, all_corruptions, corrupt
from .registry import Image as Pixels

GAP, WORDS = 4, 132  # pixels between pictures, and for the name at the left
PAPER, INK = (250, 250, 248), (40, 40, 40)


def contact_sheet(images: Sequence[Pixels], side: int = 84, seed: int = 0) -> Image.Image:
    """Every kind at every severity. images: (H, W, 3) uint8 each, taken in turn for the kinds. side: of one picture.

    Images are corrupted at their own size and then drawn at `side`, without smoothing where that enlarges them.
    """
    kinds = all_corruptions()
    step = side + GAP
    sheet = Image.new("RGB", (WORDS + (len(SEVERITIES) + 1) * step, len(kinds) * step + GAP + 16), PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(12)
    for column in range(len(SEVERITIES) + 1):
        draw.text((WORDS + column * step + 2, 2), f"severity {column}" if column else "clean", INK, font)
    for row, kind in enumerate(kinds):
        image, top = images[row % len(images)], 16 + GAP + row * step
        draw.text((6, top + side // 2 - 8), kind.name.replace("_", " "), INK, font)
        shown = [image, *(corrupt(image, kind.name, s, seed=seed, identity=str(row)) for s in SEVERITIES)]
        how = Image.Resampling.NEAREST if np.shape(image)[0] < side else Image.Resampling.BICUBIC
        for column, pixels in enumerate(shown):
            sheet.paste(Image.fromarray(pixels).resize((side, side), how), (WORDS + column * step, top))
    return sheet
