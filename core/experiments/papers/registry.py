"""The sections by their keys. A section is a function in a file of this folder's that registers itself."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib import import_module

from ...errors import BadInput
from .section import PAPERS, Assess, Kind, Paper, PaperSection

_SECTIONS: dict[str, PaperSection] = {}


def register(
    key: str, *, paper: Paper, place: str, title: str, claim: str, rule: str, steps: tuple[str, ...],
    page: str = "", show: str = "", kind: Kind = "claim",
) -> Callable[[Assess], Assess]:  # fmt: skip
    """Register a section by the function that assesses it. Raises ValueError on a key that is taken."""
    if key in _SECTIONS:
        raise ValueError(f"section {key!r} is registered twice")

    def keep(assess: Assess) -> Assess:
        _SECTIONS[key] = PaperSection(key, paper, place, title, claim, rule, steps, page, show, kind, assess)
        return assess

    return keep


@lru_cache(maxsize=1)
def _load_all() -> None:
    """Import every module of the papers' folders, so that adding a section is adding a file."""
    for paper in PAPERS:
        folder = import_module(f"{__package__}.{paper}")
        for module in pkgutil.iter_modules(folder.__path__):
            import_module(f"{folder.__name__}.{module.name}")


def all_sections(paper: Paper | None = None) -> list[PaperSection]:
    """Every section, of one paper or of all, in the order of papers, then figures, then tables."""
    _load_all()
    order = list(PAPERS)
    sections = [section for section in _SECTIONS.values() if paper in (None, section.paper)]
    return sorted(sections, key=lambda section: (order.index(section.paper), *_placed(section.place), section.key))


def wanted_sections(keys: Sequence[str], paper: Paper | None = None) -> list[PaperSection]:
    """The sections of these keys, all of the paper for none. Raises BadInput on a key that is not among them."""
    sections = {section.key: section for section in all_sections(paper)}
    for key in keys:
        if key not in sections:
            raise BadInput(f"There is no section {key!r} here.", f"Give --section one of: {', '.join(sections)}.")
    return [sections[key] for key in keys] if keys else list(sections.values())


def _placed(place: str) -> tuple[int, float, str]:
    """Figures before tables before the rest, each by its first number."""
    kind = next((i for i, word in enumerate(("Equation", "Figure", "Table")) if place.startswith(word)), 3)
    digits = "".join(c if c.isdigit() else " " for c in place).split()
    return kind, float(digits[0]) if digits else 0.0, place
