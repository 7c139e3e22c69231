"""An audit as an object: what was found, decided and measured as frames, figures and files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import AuditNotFound, BadInput
from ...store.audit import Audit, find_audit
from ..arguments.arrays import flag, refusal, whole
from .differences import difference_frame
from .plots import Plots
from .tables import decision_frame, metric_frame, score_table, suspect_frame

if TYPE_CHECKING:
    import pandas as pd
    from PIL.Image import Image

    from .showing import Shown

NAME_OR_PATH = "the name of an audit, or the path of its folder"


@dataclass(frozen=True)
class OpenAudit:
    """An audit to read. It sees what is published at each call. Frames have text and None, never NaN, for labels."""

    stored: Audit

    @property
    def name(self) -> str:
        """How commands call it, as --audit."""
        return self.stored.name

    @property
    def path(self) -> Path:
        """Its folder."""
        return self.stored.path

    @property
    def plot(self) -> Plots:
        """Its figures."""
        return Plots(self.stored)

    def scores(self) -> pd.DataFrame:
        """One row an image: key, label and split (text, None for no label), then every score (float32) by name.

        Of scores with the same name the newest counts. `frame.attrs["scores"]` says of each its direction, dtype,
        parameters, address, and in `missing` why values are NaN.
        """
        return score_table(self.stored)

    def suspects(self, score: str | None = None, *, votes: int = 0) -> pd.DataFrame:
        """Images whose label a score doubts, most suspect first.

        score: the name or address of a score that suggests labels; the one that the dashboard opens with by default.
        votes: least number of other runs that suggest the same. Returns image_id and key, split, given_label,
        suggested_label, score (float32, higher is more suspect), agreeing and voters (int64), reviewed_label and
        verdict (text, None where nobody decided). Raises MissingRun where no score suggests labels.
        """
        return suspect_frame(self.stored, score, whole("votes", votes, 0))

    def metrics(self, name: str | None = None) -> pd.DataFrame:
        """Everything that was measured, one row an estimate; of one metric, such as "ece", where it is named.

        Returns metric, subject (run id or address), of (its name), slice, value, low and high (float64, NaN where
        there is no interval), n (int64), unit ("share" is 0..1), provenance and note (text).
        """
        return metric_frame(self.stored, name)

    def decisions(self) -> pd.DataFrame:
        """What reviewers decided, one row an image: key, split, given_label, reviewed_label, second_label, verdict,
        reviewer, time (UTC) and reason, all text, None where there is none.
        """
        return decision_frame(self.stored)

    def diff(
        self, other: OpenAudit | str | os.PathLike[str] | None = None, *, before: str | int | date | None = None,
        labels: tuple[str, str] = ("reviewed", "reviewed"),
    ) -> pd.DataFrame:  # fmt: skip
        """The images in which this audit, first, and another one differ; or this one in two states.

        other: an audit, or its name or path. before: this one as it was before a date or time (UTC) or an entry of its
        journal, against now. labels: of the first and of the second, "given", "reviewed" or "true". Returns one row an
        image: change (text, several with a semicolon between), key, label and split _before and _after (text, None
        where there is none), and of each score of both that may have moved `NAME.before` and `.after` as stored,
        `.moved` (percentiles of the shared images, -100..100, harder is higher) and, where it suggests labels,
        `.suspect_before` and `.suspect_after`. `frame.attrs` has counts, class shares and the scores' correlations.
        Raises BadInput where these are no two states.
        """
        opened = other if isinstance(other, OpenAudit | None) else open_audit(other)
        return difference_frame(self.stored, opened.stored if opened else None, before, labels)

    def images(self, keys: Sequence[Any]) -> list[Image]:
        """The images of these keys or image ids, in this order, as RGB at full size.

        Raises BadInput on a key or id that is not there, and on an image that is gone or has changed.
        """
        from .pictures import pictures

        return pictures(self.stored, keys)

    def export(self, kind: str, to: str | os.PathLike[str], *, score: str | None = None, how: str = "copy") -> Path:
        """Write the audit in a format of `hardlook export`, such as "manifest": labels as reviewed. Returns the path.

        kind: the format. to: a file or folder that is not there yet. score: the score that goes along. how: "copy",
        "link" or "plan", for folders of images. Raises BadInput, MissingRun.
        """
        from ...pipeline.export import export
        from ...progress import Quiet

        if not isinstance(to, str | os.PathLike):
            raise refusal("to", to, "the path of a file or folder that is not there yet")
        return export(self.stored, Quiet(), kind, Path(to), how=how, score=score)

    def import_decisions(self, decisions: Any, *, reviewer: str, quiet: bool = False) -> None:
        """Read decisions into the journal, as `hardlook import-decisions` does; the same ones twice change nothing.

        decisions: a pandas, polars or Arrow frame, or the path of a file, with the columns key and new_label, and where
        they are there verdict, second_label, reason and content_hash. reviewer: who made them. quiet: say nothing.
        Where somebody has decided otherwise the row becomes a conflict. Raises BadInput naming the row.
        """
        from .deciding import import_decisions

        import_decisions(self.stored, decisions, reviewer, quiet=flag("quiet", quiet))

    def show(self, height: int = 900) -> Shown:
        """The dashboard in a frame of the notebook; its server listens on 127.0.0.1 and ends with the kernel.

        height: pixels. Returns what a notebook displays; its `url` opens in a browser of the same machine, and `stop()`
        ends the server. Raises HardlookError where it does not start.
        """
        from .showing import show

        return show(self.stored, whole("height", height, 1))

    def __repr__(self) -> str:
        return f"OpenAudit({self.name!r} in {self.path.parent})"


def open_audit(name: str | os.PathLike[str] | None = None) -> OpenAudit:
    """The audit of that name or in that folder; the newest if None.

    Names are looked for where commands keep audits: $HARDLOOK_AUDITS, else ./audits. Raises AuditNotFound, which lists
    the ones there are, and BadInput on a folder that is no audit.
    """
    if name is None:
        return OpenAudit(find_audit(None))
    if not isinstance(name, str | os.PathLike):
        raise refusal("name", name, NAME_OR_PATH)
    folder = Path(name).expanduser()
    try:
        return OpenAudit(find_audit(os.fspath(name)))
    except AuditNotFound:
        if os.path.isfile(folder / "audit.json"):  # also false for what no system takes for a path
            return OpenAudit(Audit(folder.resolve()))
        if os.path.exists(folder):
            raise BadInput(f"name is {os.fspath(name)!r}, which is no audit.", f"Give {NAME_OR_PATH}.") from None
        raise
