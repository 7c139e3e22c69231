"""Runs: what was computed, from what, how to compute it again, and what it takes up; a run can be deleted here."""

from __future__ import annotations

import streamlit as st

from core import wording
from core.answers.runs.cards import RunCard, disk_use, run_card, unfinished_lines
from core.answers.runs.deletion import delete_run, plan_deletion
from core.answers.runs.lineage import page_bases
from core.answers.runs.next_steps import run_lines
from core.answers.view.reader import Audit
from core.errors import HardlookError, command
from pages.components.layout import address
from pages.components.layout.empty import say_empty, say_error, say_outcome
from pages.components.layout.explained import explained
from pages.components.layout.header import View, header
from pages.components.layout.layout import as_text, facts, heading, lines
from pages.components.layout.listing import PAGES
from pages.components.layout.loading import answer
from pages.components.widgets.download import csv_button
from pages.components.widgets.table import Column, TableCell, TableRow, table

TABLE_HEIGHT = 480
DRAWN_FROM = {page.title: page.drawn_from for page in PAGES}
DELETING = "deleting"  # session state: the run whose deletion was asked for
DELETED = "deleted"  # session state: what became of the last deletion, to be said once


def main() -> None:
    """Pick, load, draw."""
    view = header("runs")
    say_outcome(DELETED)
    unfinished(view)
    if not view.reader.hub.runs:
        say_empty(
            f"Audit {view.audit.name!r} has no finished run yet.",
            "Here you would see every run with its parameters, what it was computed from, and the command that repeats "
            "it.", run=[command(view.audit.name, "embed")],
        )  # fmt: skip
        disk(view)
        return
    left, right = st.columns([7, 5], gap="large")
    with left:
        finished(view)
        bases(view)
        disk(view)
    with right:
        runs = [run.run_id for run in view.reader.hub.runs]
        if chosen := run_card(view.reader, address.read_one("run", runs, runs[-1])):
            card(view, chosen)
    if DELETING in st.session_state:
        confirm(view, st.session_state.pop(DELETING))


def unfinished(view: View) -> None:
    """Runs in progress, or stopped and able to go on."""
    found = unfinished_lines(view.audit, view.reader.n_images)
    if not found:
        return
    heading("In progress or stopped")
    for line in found:
        with st.container(horizontal=True, vertical_alignment="center", gap="medium", key=f"partial_{line.run_id}"):
            text = f"{as_text(line.run_id)} · {line.state} · {as_text(line.progress)}"
            if line.share is None:
                st.markdown(text)
            else:
                st.progress(line.share, text=text)
            if line.state == "stopped":
                st.button("Delete", key=f"delete_{line.run_id}", on_click=ask_to_delete, args=(line.run_id,))
        if line.state == "stopped":
            st.code(line.again.command, language=None)


def finished(view: View) -> None:
    """Finished runs, newest first; a row shows all of it beside the table."""
    done = run_lines(view.reader)
    heading("Finished", f"{wording.count(len(done))}, newest first; a row shows all of a run")
    columns = [
        Column("run"), Column("parameters", wide=True), Column("took"), Column("size"), Column("finished"),
    ]  # fmt: skip
    rows = [
        TableRow([
            TableCell(one.run_id), TableCell(shortened(one.parameters), "quiet"), TableCell(one.took, "", one.seconds),
            TableCell(wording.size(one.bytes), "", one.bytes), TableCell(one.finished),
        ], one.run_id)
        for one in done
    ]  # fmt: skip
    table(columns, rows, key="runs", height=TABLE_HEIGHT, on_open=open_run)
    csv_button(
        ("run", "kind", "name", "parameters", "seconds", "bytes", "finished"),
        [(one.run_id, one.kind, one.name, one.parameters, one.seconds, one.bytes, one.finished) for one in done],
        name=f"{view.audit.name} runs", key="runs_table",
    )  # fmt: skip


def shortened(text: str, longest: int = 90) -> str:
    """The first parameters; all of them are beside the table."""
    return text if len(text) <= longest else text[:longest].rsplit(",", 1)[0] + ", …"


def open_run(run_id: str) -> None:
    """Show a run beside the table."""
    address.write({"run": run_id})


def card(view: View, chosen: RunCard) -> None:
    """One run in full."""
    heading(chosen.run_id)
    st.code(chosen.again.command, language=None, wrap_lines=True)
    lines([f"Computes it again. {chosen.again.note}"])
    facts(chosen.facts)
    ways = [(f"from {one.role}", one.run_id, one.gone) for one in chosen.sources]
    ways += [("used by", run_id, False) for run_id in chosen.used_by]
    if ways:
        heading("Computed from, and used by")
        rows = [TableRow([TableCell(run_id), TableCell(way + ", deleted" * gone, "quiet")], "" if gone else run_id)
                for way, run_id, gone in ways]  # fmt: skip
        table((Column("run"), Column("how", wide=True)), rows, key="ways", height=220, on_open=open_run)
    heading("Parameters")
    facts(chosen.parameters)
    heading("Versions")
    lines([chosen.versions])
    st.button("Delete this run …", key="delete", on_click=ask_to_delete, args=(chosen.run_id,))


def ask_to_delete(run_id: str) -> None:
    """Open the question on the next run of the page; a callback may not draw."""
    st.session_state[DELETING] = run_id


@st.dialog("Delete a run")
@explained
def confirm(view: View, run_id: str) -> None:
    """Say what would go and what depends on it, and do it if asked to."""
    if DELETED in st.session_state:
        st.rerun()  # done, or refused: the whole page says so
    try:
        plan = plan_deletion(view.audit, run_id)
    except HardlookError as error:
        say_error(error)
        return
    lines([f"{run_id}: {wording.size(plan.bytes)}, its file{' and checkpoints' if len(plan.files) > 1 else ''}."])
    if plan.dependents:
        names = [run.run_id for run in plan.dependents]
        lines([f"{wording.count(len(names))} runs were computed from it. They stay, without their source:"], "caution")
        lines(names)
    if plan.stopped:
        lines([f"These were stopped and could not go on: {', '.join(plan.stopped)}."], "caution")
    st.button(
        f"Delete {as_text(run_id)}", type="primary", key="delete_for_good", on_click=delete, args=(view.audit, run_id)
    )


def delete(audit: Audit, run_id: str) -> None:
    """Delete a run, and remember what is to be said of it: the whole page is drawn anew."""
    try:
        gone = delete_run(audit, run_id)
        st.session_state[DELETED] = f"{gone.run_id} is deleted; {wording.size(gone.bytes)} are free again."
        address.write({"run": ""})
    except HardlookError as error:  # somebody started a run that reads it while the question stood there
        st.session_state[DELETED] = error


def bases(view: View) -> None:
    """Which runs each page draws, for the choices in the header."""
    heading("What each page is computed from", "for the score and the model chosen above")
    rows = [
        TableRow(
            [TableCell(basis.page), TableCell(", ".join(f"{role}: {run_id}" for role, run_id in basis.runs), "quiet")]
        )
        for basis in answer(page_bases, view.reader, view.score, view.model, DRAWN_FROM)
    ]
    table((Column("page"), Column("runs", wide=True)), rows, key="bases")


def disk(view: View) -> None:
    """What takes up the disk, and what of it can go without loss."""
    found = disk_use(view.audit)
    heading("On disk", wording.size(sum(line.bytes for line in found)))
    rows = [
        TableRow([
            TableCell(line.what), TableCell(wording.size(line.bytes), "", line.bytes),
            TableCell("made again when needed" if line.rebuilt else "", "quiet"),
        ])
        for line in found
    ]  # fmt: skip
    table((Column("what"), Column("size", number=True), Column("")), rows, key="disk")


main()
