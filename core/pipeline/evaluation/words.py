"""What tells the hardest and the easiest images from the others, or any selection, in words: rows of `core.words.rows`.

Cui et al. 2023, section 6, name it as what is still to do: explaining hard samples in human language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from ...device import set_threads
from ...errors import BadInput
from ...kinds.embed import has_texts
from ...kinds.evaluate import WORDS
from ...maths.sorting import stable_order
from ...maths.words import PERMUTATIONS
from ...progress import Quiet, Reporter
from ...store import views
from ...store.audit import Audit
from ...store.metrics import DIRECTION, ITEMS, by_subject, metric_table, read_metrics
from ...store.paths import file_to_read
from ...store.writer import RunWriter, Stopwatch, fingerprint
from ...types import Ints, Run, RunSpec, ScoreInfo
from ...words.ends import SHARE, Sides, both_ends, in_words
from ...words.kept import Directions, words_of
from ...words.rows import rows_of
from ...words.telling import MOST, tell
from ...words.word_list import WordList, word_list_of
from ..scoring.embeddings import embedding_for, knows_texts
from ..scoring.encoded import encoder_of
from ..steps import Done, compute
from ..training.difficulty import find_score
from .model_metrics import DIFFICULTIES

FORM = 2
"""Raised when the rows change, so that older ones are not taken for them."""
CLASS, ALL = "class", "all"
"""What images are told from: the others of their classes, or all others."""


@dataclass(frozen=True)
class ChosenImages:
    """Images by their ids (m,), as another place has chosen them. name: what a page's address calls the selection."""

    name: str
    ids: Ints


def tell_in_words(
    audit: Audit, reporter: Reporter, *, score: str | None = None, share: float = SHARE, label: str | None = None,
    chosen: ChosenImages | None = None, against: str = CLASS, word_list: Path | None = None,
    encoder_run: str | None = None, device: str = "auto", seed: int = 0,
) -> Done:  # fmt: skip
    """Both ends of a score's order, of all images or of one class, or a selection in place of them.

    score: name or address, out-of-fold RMD by default. share: per cent that are an end. against: CLASS or ALL.
    word_list: a file in the place of Hardlook's own. A killed run goes on with the next end, and with the next texts.
    Raises MissingRun without an embedding or score, BadInput on an unknown class, TooFewRows on too small an end.
    """
    if word_list is not None:
        file_to_read(word_list, "--words")
    set_threads()
    run = embedding_for(audit, encoder_run, knows_texts)
    info = None if chosen else score_of(audit, score)
    hub = views.open_hub(audit, [run, *(one for one in audit.runs("score") if info and one.run_id == info.run_id)])
    words = word_list_of(audit, word_list)
    selections = the_selection(hub, chosen) if chosen else the_ends(audit, hub, info, share, label)
    parameters = {
        **_asked(info, share, label, chosen), WORDS: words.fingerprint, "against_others_of": against,
        "permutations": PERMUTATIONS, "most": MOST, "form": FORM, **({"word_list": words.name} if words.name else {}),
    }  # fmt: skip
    inputs = {"items": audit.items_fingerprint, "embed": run.run_id, **({"score": info.run_id} if info else {})}
    spec = RunSpec("evaluate", WORDS, inputs, parameters, seed)
    groups = views.labels(hub) if against == CLASS else None

    def work(writer: RunWriter) -> None:
        read = cache(lambda: read_words(audit, run, words, device, reporter)) if knows_texts(run) else None
        watch = Stopwatch()
        for name, sides in selections.items():
            if name not in writer.finished():
                told = tell(hub, run, sides, groups, read, seed=seed)
                rows = rows_of(told, name, info.address if info else ITEMS)
                writer.commit(name, metric_table(rows), seconds=watch.lap())

    return compute(audit, spec, work, reporter)


def _asked(info: ScoreInfo | None, share: float, label: str | None, chosen: ChosenImages | None) -> dict[str, Any]:
    """Which images are told from others, as a run's parameters."""
    if chosen:
        return {"only": chosen.name, "ids": fingerprint(chosen.ids.tolist())}
    asked: dict[str, Any] = {"share": share}
    asked |= {"score": info.address} if info else {}
    return asked | ({"label": label} if label is not None else {})


def score_of(audit: Audit, wanted: str | None) -> ScoreInfo:
    """The score that is named, else out-of-fold RMD, RMD or the newest whose direction is known. Raises MissingRun."""
    if wanted is not None:
        return find_score(audit, wanted)
    infos = views.score_infos(views.open_hub(audit, audit.runs("score")))
    usual = [info for name in reversed(DIFFICULTIES) for info in infos if info.name == name]
    known = usual or [info for info in infos if info.direction is not None] or infos
    return known[-1] if known else find_score(audit, DIFFICULTIES[-1])


def the_ends(audit: Audit, hub: views.Hub, info: ScoreInfo | None, share: float, label: str | None) -> dict[str, Sides]:
    """Both ends of a score, by name. A score without a direction of its own has the one that was measured here."""
    if info is None:
        return {}
    measured = by_subject(read_metrics(views.open_hub(audit), DIRECTION))
    direction = info.direction or (int(measured[info.address].value) if info.address in measured else None)
    order = stable_order(views.score(hub, info.address))
    of = ""
    if label is not None:
        names = views.classes(hub)
        if label not in names:
            raise BadInput(
                f"There is no class {label!r} in audit {audit.name!r}; there is: {', '.join(names[:10])}.",
                "Give one of them as --label.",
            )
        order = order[views.labels(hub)[order] == names.index(label)]
        of = f", class {label}"
    return {f"{in_words(end, share)}{of}": sides for end, sides in both_ends(order, direction, share).items()}


def the_selection(hub: views.Hub, chosen: ChosenImages) -> Mapping[str, Sides]:
    """A selection and every other image."""
    others = np.setdiff1d(np.arange(len(views.labels(hub))), chosen.ids)
    return {chosen.name: (np.unique(chosen.ids), others)}


def read_words(audit: Audit, run: Run, words: WordList, device: str, reporter: Reporter) -> Directions:
    """The words with their vectors; the encoder is loaded where one of them is not kept."""
    encoder = cache(lambda: encoder_of(run, device))
    reporter = Quiet() if has_texts(run) else reporter  # nothing is to be encoded
    with reporter.bar("words", "words") as advance:
        return words_of(audit, run, words, lambda texts: encoder().encode_text(texts), advance)
