"""The light table: sheets of thumbnails whose number and whose opened image are in the address."""

from __future__ import annotations

from collections.abc import Callable

from core.answers.image.tiles import Tile, tiles
from core.answers.view.choices import ScoreChoice
from core.types import Ints
from core.wording import count
from pages.components.image.dialog import show_image
from pages.components.layout import address
from pages.components.layout.header import View
from pages.components.layout.loading import load_scored
from pages.components.widgets.grid import KEY, Band, Group, Sheet, grid


def light_table(
    view: View, make_sheet: Callable[[int], Sheet], *, signature: str, pages: int, tile: int, key: str = KEY,
    part: str = "page", opens: bool = True, on_open: Callable[[str], None] | None = None,
) -> int:  # fmt: skip
    """Draw the sheet that the address names, and the image it opens; the number of the sheet.

    make_sheet, signature, tile, key: as `grid` has them. part: of the address, that has the sheet's number. opens:
    False where something else on the page opens the image, for two dialogs at once are an error. on_open: what happens
    instead with the key of an image that is opened.
    """
    page = address.read_number(part, 1, 1, pages)
    grid(
        make_sheet, page=page, pages=pages, tile=tile, key=key,
        signature=repr((view.reader.key, view.model_id, signature)),
        on_turn=lambda page: address.write({part: str(page) if page > 1 else ""}, same_view=True),
        on_open=on_open or (lambda image: address.write({"image": image}, same_view=True)),
    )  # fmt: skip
    if opens and not on_open and (image := address.read("image")):
        show_image(view, image)
    return page


def tiles_in_order(
    view: View, score: ScoreChoice, ids: Ints, *, title: str, note: str, signature: str, size: int, tile: int,
    key: str = KEY, change: Callable[[Tile], Tile] | None = None, undoubted: bool = False,
) -> None:  # fmt: skip
    """A light table of images in the order given. ids: (m,) int, m > 0. size: tiles on a sheet.

    change: of each tile, before it is drawn. undoubted: as `tiles` takes it.
    """
    scored = load_scored(view.reader, score.address)

    def make_sheet(page: int) -> Sheet:
        part, text = part_of(ids, page, size)
        made = tiles(view.reader, scored, score.address, part, view.model_id, undoubted=undoubted)
        return Sheet(text, [Band("", "", [Group(title, "", note, [change(one) for one in made] if change else made)])])

    light_table(
        view,
        make_sheet,
        signature=repr((score.address, title, signature)),
        pages=pages_of(ids, size),
        tile=tile,
        key=key,
    )


def pages_of(ids: Ints, size: int) -> int:
    """How many sheets these images fill."""
    return -(-len(ids) // size)


def part_of(ids: Ints, page: int, size: int) -> tuple[Ints, str]:
    """The images of a sheet from 1, and which of all they are in words."""
    first = (page - 1) * size
    part = ids[first : first + size]
    return part, f"{count(first + 1)}–{count(first + len(part))} of {count(len(ids))}" if len(part) else "none"
