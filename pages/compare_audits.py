"""Compare audits: what differs between two, between two states of one, or between two versions of its labels."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.answers.differences import choices
from core.answers.differences.audit_difference import CHANGES, IN_WORDS, AuditDifference
from core.answers.differences.choices import OtherState
from core.answers.differences.pictures import BECAME, MOVED, NO_MORE, compared_tiles, listed_images
from core.answers.differences.states import checked_when
from core.answers.differences.table import columns_of, rows_of
from core.answers.provenance import OF_BOTH, OF_EACH, TALLIED
from core.answers.view.reader import find_audit
from core.errors import BadInput, command
from core.wording import MISSING, aligned, count, counted, some_of, three
from pages.components.layout import address, links
from pages.components.layout.empty import say_empty, say_error
from pages.components.layout.header import View, header
from pages.components.layout.layout import heading, lines
from pages.components.layout.loading import load_difference
from pages.components.widgets.download import csv_button
from pages.components.widgets.grid import Band, Group, Sheet
from pages.components.widgets.light_table import light_table
from pages.components.widgets.table import Column, TableCell, TableRow, table

SHEET, TILE, TABLE_HEIGHT = 48, 104, 380
OF_SCORE = {MOVED: "moved most", BECAME: "became suspects", NO_MORE: "are no suspects any more"}
FIRST_SHOWN = ("relabelled", "class_renamed", "came", "went", "content", "renamed", "split", "excluded", "included")


def main() -> None:
    """Pick, load, stop if empty, draw."""
    view = header("diff")
    name = view.audit.name
    if choices.nothing_to_compare(view.audit):
        say_empty(
            f"There is no other audit, and {name!r} was read once and never reviewed: nothing can be compared.",
            "Here you would see which images came, went or changed, and how classes, scores and suspects moved.",
            run=[command("NAME", "audit", "PATH"), command(name, "dashboard")],
        )  # fmt: skip
        return
    other, labels = controls(view)
    try:
        with st.spinner("Comparing"):
            found = load_difference(view.audit, find_audit(other.audit), other.before, labels)
    except BadInput as error:  # there is no such state: another can be chosen above
        say_error(error)
        return
    lines([
        f"From {found.before.words}: {counted(found.tallies['n_before'], 'image')}, {found.labels[0]}.",
        f"To {found.after.words}: {counted(found.tallies['n_after'], 'image')}, {found.labels[1]}.",
    ])  # fmt: skip
    if view.selection.split or view.selection.where or view.selection.only:
        lines(["Whole audits are compared: the split and the filter above do not count here."], "caution")
    left, right = st.columns([5, 7], gap="large")
    with left:
        images(view, found)
        class_shares(view, found)
    with right:
        pictures(view, found)
    scores(view, found)
    links.go()


def controls(view: View) -> tuple[OtherState, tuple[str, str]]:
    """What it is compared with, and which labels of each."""
    listed = choices.comparable(view.audit)
    chosen = asked_for(view, listed)
    if chosen not in listed:
        listed = [chosen, *listed]
    pairs = choices.label_pairs(view.reader, chosen)
    usual = choices.usual_labels(view.audit, chosen)
    named = address.read_one("versions", [",".join(pair) for pair in pairs], ",".join(usual)).split(",")
    labels = (named[0], named[1])
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="controls"):
        st.html('<span class="hardlook-fact">compared with</span>', width="content")
        address.choose(
            "compared with", listed, chosen, partial(address_of, view.audit.name), key="with",
            text=lambda one: one.words, width=300,
        )  # fmt: skip
        address.choose(
            "labels", pairs, labels, lambda pair: {"versions": ",".join(pair)}, key="versions",
            text=choices.IN_WORDS.__getitem__, width=230,
        )  # fmt: skip
        if chosen.audit != view.audit.name:
            there = {**dict.fromkeys(address.SHARED, ""), "audit": chosen.audit, "with": view.audit.name}
            st.button("The other way round", key="swap", on_click=address.write, args=(there,), type="tertiary")
    return chosen, labels


def asked_for(view: View, listed: list[OtherState]) -> OtherState:
    """What the address names; the first of the list where it names nothing."""
    name, before = address.read_one("with", {one.audit for one in listed}), address.read_as("before", checked_when, "")
    if before:
        if name not in ("", view.audit.name):
            address.refuse("before", "two audits are compared as they are now")
        else:
            return OtherState(view.audit.name, before, choices.earlier_in_words(before))
    return next((one for one in listed if one.audit == name and not one.before), listed[0])


def address_of(audit: str, one: OtherState) -> dict[str, str]:
    """The parts of the address that stand for it. Another comparison has other images and other labels."""
    return {"with": "" if one.before else one.audit, "before": one.before, "versions": "", "show": ""}


def images(view: View, found: AuditDifference) -> None:
    """How many images differ in what; a row shows them."""
    heading("Images", f"{count(found.tallies['shared'])} in both")
    if found.same:
        lines(["No image, label or class differs."])
    rows = [
        TableRow([TableCell(IN_WORDS[change]), TableCell(count(n), "", n)], change if n else "")
        for change in CHANGES if (n := found.tallies[change]) or change in CHANGES[:5]
    ]  # fmt: skip
    table((Column("what became of them", wide=True), Column("images", number=True)), rows, key="images",
          on_open=lambda change: address.write({"show": change}), sources={"images": TALLIED})  # fmt: skip
    csv_button(columns_of(found), partial(rows_of, found), name=file_name(found, "images"), key="images_table")


def class_shares(view: View, found: AuditDifference) -> None:
    """What each class holds in both, matched by name."""
    classes = found.classes
    heading("Class shares", "by name; those that changed most first")
    for text, names in (("Classes that came", classes.came), ("Classes that went", classes.went)):
        if names:
            lines([f"{text}: {some_of(names)}."])
    if classes.renamed:
        lines([f"Classes renamed: {', '.join(one.words for one in classes.renamed)}."])
    ordered = sorted(classes.shares, key=lambda one: -abs(one.change) if one.change == one.change else -1)
    shares = (
        aligned([100 * value for value in values])
        for values in zip(*((one.share_before, one.share_after, one.change) for one in ordered), strict=True)
    )
    rows = [
        TableRow([
            TableCell(f"{one.name} → {one.now}" if one.now else one.name),
            TableCell(count(one.before), "", one.before), TableCell(before, "", one.share_before),
            TableCell(count(one.after), "", one.after), TableCell(after, "", one.share_after),
            TableCell(signed(change), "", one.change),
        ])
        for one, before, after, change in zip(ordered, *shares, strict=True)
    ]  # fmt: skip
    numbers = ("before", "share, %", "after", "share, %", "change, points")
    columns = (Column("class", wide=True), *(Column(title, number=True) for title in numbers))
    table(columns, rows, key="classes", height=TABLE_HEIGHT, sources={"shares": OF_EACH})
    csv_button(
        ("class", "class_after", "images_before", "share_before", "images_after", "share_after"),
        [(one.name, one.now or one.name, one.before, one.share_before, one.after, one.share_after) for one in ordered],
        name=file_name(found, "classes"), key="classes_table",
    )  # fmt: skip


def pictures(view: View, found: AuditDifference) -> None:
    """The images of one change, or those that moved furthest by the score above, or the first that both have."""
    move = found.score(view.score.name if view.score else "")
    counts = {change: found.tallies[change] for change in FIRST_SHOWN}
    if move:
        counts |= {MOVED: len(move.moved), BECAME: len(move.came), NO_MORE: len(move.went)}
    shown = [what for what, n in counts.items() if n]
    if not shown:
        heading("What differs")
        lines(["There is no image to show: the two hold the same images with the same labels, and no score moved."])
        return
    chosen = address.read_one("show", shown, shown[0])
    words = {**IN_WORDS, **OF_SCORE}
    by_score = chosen in OF_SCORE and move is not None
    note = f"by {move.name}; places in percentiles from the easy end, counted" if by_score and move else ""
    heading("Pictures", note)
    address.choose(
        "which images", shown, chosen, lambda one: {"show": one}, key="show",
        text=lambda one: f"{words[one]} · {count(counts[one])}", width=300,
    )  # fmt: skip
    listed = listed_images(found, chosen, move.name if move else "")

    def make_sheet(page: int) -> Sheet:
        part = slice((page - 1) * SHEET, page * SHEET)
        tiles = compared_tiles(found, listed, part, both=chosen == "content")
        text = f"{count(part.start + 1)}–{count(min(part.stop, len(listed)))} of {count(len(listed))}"
        return Sheet(text, [Band("", "", [Group(words[chosen], "", "", tiles)])])

    light_table(
        view, make_sheet, signature=repr((found.before.key, found.after.key, chosen, move.name if move else "")),
        pages=-(-len(listed) // SHEET), tile=TILE,
        on_open=partial(open_image, found.before.audit.name if chosen == "went" else found.after.audit.name),
    )  # fmt: skip


def open_image(audit: str, key: str) -> None:
    """Show an image in full, in the audit that holds it: nothing else of this view is chosen there."""
    links.remember("hardest", **{**dict.fromkeys(address.SHARED, ""), "audit": audit, "image": key})


def scores(view: View, found: AuditDifference) -> None:
    """Each score that both have: how far its order is the same, and which suspects came and went."""
    heading("Scores and suspects", "of the images in both")
    notes = [f"Of the {which} alone: {some_of(names)}." for which, names in zip(("first", "second"), found.only,
             strict=True) if names]  # fmt: skip
    same = [one.name for one in found.scores if one.tally is None]
    if same:
        notes.append(f"Not moved, for both have the same run of it: {some_of(same)}.")
    lines(notes)
    rows, values = [], []
    for one in found.scores:
        tally = one.tally
        if tally is None:
            continue
        furthest = float(one.moved.places_after[0] - one.moved.places_before[0]) if len(one.moved) else 0.0
        numbers = (tally.n, tally.correlation, furthest, tally.suspects_before, tally.suspects_after, len(one.came),
                   len(one.went), tally.fresh, tally.gone)  # fmt: skip
        texts = [count(tally.n), three(tally.correlation), signed(three(furthest)), *map(count, numbers[3:])]
        if not one.suggests:
            texts[3:] = [MISSING] * 6
        cells = [TableCell(text, "", float(number)) for text, number in zip(texts, numbers, strict=True)]
        rows.append(TableRow([TableCell(one.name), *cells, TableCell(one.shared.made_from, "quiet")]))
        values.append((one.name, *numbers, one.shared.made_from))
    if not rows:
        lines(["No score can have moved." if same else "There is no score that both have."])
        return
    names = ("images", "Spearman", "furthest, percentiles", "suspects before", "after", "became", "no more",
             "on images that came", "on images that went")  # fmt: skip
    table(
        (Column("score"), *(Column(name, number=True) for name in names), Column("made from", wide=True)), rows,
        key="scores", sources={"correlations, places": OF_BOTH, "suspects": TALLIED},
    )  # fmt: skip
    csv_button(("score", *names, "made from"), values, name=file_name(found, "scores"), key="scores_table")


def signed(text: str) -> str:
    """A change with its sign: a number above zero has none of its own."""
    return text if text.startswith("−") or not any(digit in text for digit in "123456789") else f"+{text}"


def file_name(found: AuditDifference, what: str) -> str:
    """Of a CSV file."""
    return f"{found.before.words} to {found.after.words} {what}"


main()
