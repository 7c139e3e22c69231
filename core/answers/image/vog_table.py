"""VoG of one image in all its forms: what it is of, over which checkpoints, of which label, raw or normalised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..models.vog_stages import STAGES, TARGETS, VogForm, vog_form
from .detail import ImageScore


@dataclass(frozen=True)
class VogRow:
    """What the gradient is of, of which label, on which scale. cells: a score for each of `STAGES`, None for none."""

    target: str
    label: str
    scale: str
    cells: tuple[ImageScore | None, ...]


@dataclass(frozen=True)
class VogTable:
    """Every form of one run. made_from: the model whose checkpoints it is of."""

    made_from: str
    rows: tuple[VogRow, ...]


def fold_vog(scores: Sequence[ImageScore]) -> tuple[list[ImageScore], list[VogTable]]:
    """The scores that are no form of VoG, in their order, and a table for each run of VoG: two dozen lines as one."""
    others: list[ImageScore] = []
    runs: dict[str, dict[VogForm, ImageScore]] = {}
    for score in scores:
        form = vog_form(score.name)
        if form is None:
            others.append(score)
        else:
            runs.setdefault(score.address.partition(":")[0], {})[form] = score
    return others, [_table(forms) for forms in runs.values()]


def _table(forms: dict[VogForm, ImageScore]) -> VogTable:
    rows = []
    for target in TARGETS:
        for predicted in (False, True):
            for normalised in (False, True):
                cells = tuple(forms.get(VogForm(target, stage, predicted, normalised)) for stage in STAGES)
                if any(cells):
                    label, scale = "predicted" if predicted else "given", "normalised" if normalised else "raw"
                    rows.append(VogRow(target, label, scale, cells))
    return VogTable(next(iter(forms.values())).made_from, tuple(rows))
