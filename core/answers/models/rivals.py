"""RMD beside the scores it is measured against: which of them are there, and how far apart they were measured."""

from __future__ import annotations

from dataclasses import dataclass

from ...store.metrics import ERROR_AUROC_DIFFERENCE, LESS
from ...types import Estimate
from ...wording import with_interval
from ..estimates import measured
from ..view.reader import Reader

__all__ = ["ERROR_AUROC_DIFFERENCE", "Rivals", "rivals_of"]

RMD = ("rmd_oof", "rmd")
"""Both are the same on held-out images, where errors are counted; the difference is stored of the latter."""
RIVALS = {"md": "MD", "md_pca": "MD after PCA", "kmeans": "K-means", "kmeans_pca": "K-means after PCA"}


@dataclass(frozen=True)
class Rivals:
    """addresses: of the rivals' scores of the same vectors as an RMD. differences: "MD" -> RMD's AUROC less its."""

    addresses: tuple[str, ...]
    differences: dict[str, Estimate]

    @property
    def in_words(self) -> str:
        """What the differences say; "" where none was measured."""
        said = [
            f"less that of {name} {with_interval(one)}{'' if one.low > 0 or one.high < 0 else ', not told apart'}"
            for name, one in self.differences.items()
        ]
        return f"AUROC of RMD for errors, on all held-out images: {'; '.join(said)}." if said else ""


def rivals_of(reader: Reader, address: str) -> Rivals | None:
    """Of an RMD; None of another score, and where no rival of the same vectors is scored."""
    infos = {info.address: info for info in reader.scores}
    ours = infos.get(address)
    if ours is None or ours.name not in RMD:
        return None
    theirs = {info.name: info.address for info in reader.scores
              if info.name in RIVALS and info.encoder_run == ours.encoder_run}  # fmt: skip
    if not theirs:
        return None
    rows = measured(reader, ERROR_AUROC_DIFFERENCE).get(f"{ours.run_id}:rmd", {})
    stored = {name: rows.get(f"{LESS}{other}") for name, other in theirs.items()}
    found = {title: row.estimate for name, title in RIVALS.items() if (row := stored.get(name))}
    return Rivals(tuple(theirs[name] for name in RIVALS if name in theirs), found)
