"""The line on every page: audit · images in view · scorer · model · split · label version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from html import escape

import streamlit as st

from core.answers.view.choices import (
    PREFERRED_SCORES,
    ScoreChoice,
    default_model,
    default_score,
    filter_of,
    model_choices,
    score_choices,
)
from core.answers.view.journal import journal_version
from core.answers.view.ranking import Selection, count_in_view
from core.answers.view.reader import Audit, Reader, list_audits
from core.answers.view.saved import pinned
from core.answers.view.subsets import checked_subset, subset_words
from core.types import Run
from core.wording import count
from pages.components.figures.search import await_search
from pages.components.layout import address
from pages.components.layout.chosen_audit import chosen_audit
from pages.components.layout.filters import choose_images
from pages.components.layout.layout import as_text, lines
from pages.components.layout.listing import BY_NAME
from pages.components.layout.loading import answer, load_reader

ALL_SPLITS = ""


@dataclass(frozen=True)
class View:
    """What is looked at, as the address says it. score, model: None where there is none.

    selection: split and filter; the class is the page's own business.
    """

    audit: Audit
    reader: Reader
    scores: list[ScoreChoice]
    score: ScoreChoice | None
    model: Run | None
    selection: Selection

    @property
    def model_id(self) -> str | None:
        """The chosen model's run id."""
        return self.model.run_id if self.model else None

    @property
    def dark(self) -> bool:
        """Whether the viewer has the dark theme."""
        return st.context.theme.type == "dark"


def header(name: str, preferred: Sequence[str] = PREFERRED_SCORES, *, of_score: Sequence[str] = ()) -> View:
    """Draw the line and return what it says. Raises AuditNotFound or MissingRun, whose hints are the next command.

    name: the page's, as it is listed. preferred: names of the scores that it opens with, where the address names none.
    of_score: parts of the address that mean nothing of another score, such as its thresholds.
    """
    title = BY_NAME[name].title
    audit = chosen_audit()
    view = _view(audit, preferred)
    await_search(view.reader)
    view = replace(view, selection=replace(view.selection, only=_only(view)))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="header"):
        st.html(f"<h1>{escape(title)}</h1>", width="content")
        _choose_audit(audit)
        st.html(_images_in_view(view), width="content")
        _choose_score(view, of_score)
        _choose_model(view)
        _choose_split(view)
        choose_images(view.audit, view.reader, view.selection, journal_version(view.audit), title)
        _show_subset(view)
        labels = view.score.labels if view.score else "given"
        st.html(f'<span class="hardlook-fact">labels as {escape(labels)}</span>', width="content")
    damaged = [f"{each.message} It is passed over. {each.hint}" for each in audit.unreadable_runs()]
    if damaged:
        lines(damaged, "caution")
    return view


def _view(audit: Audit, preferred: Sequence[str]) -> View:
    reader = load_reader(audit)
    scores = answer(score_choices, reader)
    named = address.read_one("score", [one.address for one in scores])
    score = next((one for one in scores if one.address == named), None) or default_score(scores, preferred)
    models = model_choices(reader)
    named_model = address.read_one("model", [run.run_id for run in models])
    model = next((run for run in models if run.run_id == named_model), None) or answer(default_model, reader)
    where = address.read_as("where", partial(filter_of, reader), None)
    selection = Selection(split=address.read_one("split", reader.splits) or None, where=where)
    return View(audit, reader, scores, score, model, selection)


def _only(view: View) -> str:
    """The subset that the address names, "" for all images."""

    def checked(only: str) -> str:
        return answer(checked_subset, view.reader, pinned(view.audit, only))

    return address.read_as("only", checked, "")


def _images_in_view(view: View) -> str:
    n = answer(count_in_view, view.reader, view.selection)
    text = f"{count(n)} images" if n == view.reader.n_images else f"{count(n)} of {count(view.reader.n_images)} images"
    return f'<span class="hardlook-fact">{escape(text)}</span>'


def _show_subset(view: View) -> None:
    """What the images in view have in common, and the way back to all of them."""
    if view.selection.only:
        words = answer(subset_words, view.reader, view.selection.only)
        st.button(
            f"only {as_text(words)}", key="only", icon=":material/close:", icon_position="right", type="tertiary",
            help="Show all images again.", on_click=address.write, args=({"only": ""},),
        )  # fmt: skip


def _choose_audit(audit: Audit) -> None:
    names = [one.name for one in list_audits()]
    if len(names) < 2:
        st.html(f'<span class="hardlook-fact"><bdi>{escape(audit.name)}</bdi></span>', width="content")
        return
    # Another audit has other runs, classes and columns: nothing of the view can stay.
    address.choose(
        "audit", names, audit.name, lambda name: dict.fromkeys(address.SHARED, "") | {"audit": name},
        key="audit", width=170,
    )  # fmt: skip


def _choose_score(view: View, drops: Sequence[str]) -> None:
    if view.score is None:
        st.html('<span class="hardlook-fact">no score yet</span>', width="content")
        return
    labels = {one.address: one.label for one in view.scores}
    address.choose(
        "score", list(labels), view.score.address, lambda chosen: dict.fromkeys(drops, "") | {"score": chosen},
        key="score", text=labels.__getitem__, width=300,
    )  # fmt: skip


def _choose_model(view: View) -> None:
    models = {run.run_id: run.name for run in model_choices(view.reader)}
    if view.model is None:
        st.html('<span class="hardlook-fact">no model</span>', width="content")
        return
    if len(models) == 1:
        st.html(f'<span class="hardlook-fact">model <bdi>{escape(view.model.name)}</bdi></span>', width="content")
        return
    names = list(models.values())
    address.choose(
        "model", list(models), view.model.run_id, lambda chosen: {"model": chosen}, key="model",
        text=lambda run_id: models[run_id] if names.count(models[run_id]) == 1 else f"{models[run_id]} {run_id[-6:]}",
        width=170,
    )  # fmt: skip


def _choose_split(view: View) -> None:
    splits = view.reader.splits
    if len(splits) == 1:
        st.html(f'<span class="hardlook-fact">split <bdi>{escape(splits[0])}</bdi></span>', width="content")
        return
    address.choose(
        "split", [ALL_SPLITS, *splits], view.selection.split or ALL_SPLITS, lambda split: {"split": split},
        key="split", text=lambda split: split or "all splits", width=130,
    )  # fmt: skip
