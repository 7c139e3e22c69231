"""What differs between two audits, as a terminal has it. Every figure is counted of the images that are there."""

from __future__ import annotations

from math import isfinite

from ...answers.differences.audit_difference import CHANGES, IN_WORDS, AuditDifference, ScoreMove
from ...answers.differences.pictures import BECAME, MOVED, NO_MORE, ComparedImage, listed_images, named
from ...wording import count, counted, percent, points, some_of, three
from .tables import make_table, show

MOST_CLASSES = 20
ALWAYS = ("came", "went", "renamed", "content", "relabelled")
"""Said where there are none too."""
OF_SCORE = {MOVED: "moved most", BECAME: "became suspects", NO_MORE: "are no suspects any more"}


def show_difference(found: AuditDifference, score: str, most: int) -> None:
    """Print all of it. score: whose moves are listed, "" for the first. most: images listed of each kind."""
    tallies = found.tallies
    for which, state, labels, n in (
        ("first", found.before, found.labels[0], tallies["n_before"]),
        ("second", found.after, found.labels[1], tallies["n_after"]),
    ):
        print(f"{which}: {state.words}, {counted(n, 'image')}, {labels}")
    print()
    _show_images(found, most)
    _show_classes(found)
    _show_scores(found)
    move = found.score(score)
    if move and most:
        for what in OF_SCORE:
            _list_of_score(found, move, what, most)


def _show_images(found: AuditDifference, most: int) -> None:
    tallies = found.tallies
    print(f"images in both, counted: {count(tallies['shared'])}")
    for change in CHANGES:
        n = tallies[change]
        if not n and change not in ALWAYS:
            continue
        print(f"  {IN_WORDS[change]}: {count(n)}")
        images = listed_images(found, change)
        for one in named(found, images, slice(min(most, n))):
            print(f"    {_in_words(one)}")
        if n > most > 0:
            print(f"    and {count(n - most)} more")
    if found.same:
        print("no image, label or class differs")
    print()


def _in_words(one: ComparedImage) -> str:
    """The image, its name before where that was another, its label and split, old and new where those differ."""
    key, old = one.key_after or one.key_before, one.key_before if one.key_after else ""
    text = f"{old} → {key}" if old and old != key else key
    labels = [label or "no label" for label in (one.label_before, one.label_after)]
    if not (one.key_before and one.key_after):
        return f"{text} ({labels[1] if one.key_after else labels[0]})"
    splits = f", {one.split_before} → {one.split_after}" if one.split_before != one.split_after else ""
    return f"{text} ({' → '.join(dict.fromkeys(labels))}{splits})"


def _show_classes(found: AuditDifference) -> None:
    classes = found.classes
    for text, names in (("classes that came", classes.came), ("classes that went", classes.went)):
        if names:
            print(f"{text}: {some_of(names)}")
    if classes.renamed:
        print(f"classes renamed: {', '.join(one.words for one in classes.renamed)}")
    ordered = sorted(classes.shares, key=lambda one: -abs(one.change if isfinite(one.change) else 1))
    title = "Class shares, counted"
    table = make_table(title, "class", "first", "share", "second", "share", "change, points")
    for one in ordered[:MOST_CLASSES]:
        name = f"{one.name} → {one.now}" if one.now else one.name
        table.add_row(
            name, count(one.before), percent(one.share_before), count(one.after), percent(one.share_after),
            points(one.change).removesuffix(" %"),
        )  # fmt: skip
    show(table)
    if len(ordered) > MOST_CLASSES:
        print(f"and {counted(len(ordered) - MOST_CLASSES, 'class', 'classes')} that changed less")
    print()


def _show_scores(found: AuditDifference) -> None:
    for which, names in zip(("first", "second"), found.only, strict=True):
        if names:
            print(f"scores of the {which} alone: {', '.join(names)}")
    same = [one.name for one in found.scores if one.tally is None]
    if same:
        print(f"not moved, for both have the same run of it: {', '.join(same)}")
    moved = [one for one in found.scores if one.tally]
    if not moved:
        print("no score can have moved" if same else "there is no score in both")
        return
    title = "Scores of the images in both, counted, without an interval"
    table = make_table(
        title, "score", "images", "Spearman", "furthest", "suspects", "became", "no more", "of came", "of went",
        "made from",
    )  # fmt: skip
    for one in moved:
        table.add_row(*score_cells(one))
    show(table)
    print()


def score_cells(move: ScoreMove) -> list[str]:
    """A row of a score's table: images compared, correlation, the furthest move in percentiles, suspects, sources."""
    tally = move.tally
    if tally is None:
        return [move.name, *[""] * 8, move.shared.made_from]
    furthest = "none"
    if len(move.moved):
        change = float(move.moved.places_after[0] - move.moved.places_before[0])
        furthest = f"{'+' if change > 0 else '−'}{three(abs(change))} percentiles"
    suspects = (
        [f"{count(tally.suspects_before)} → {count(tally.suspects_after)}", count(len(move.came)),
         count(len(move.went)), count(tally.fresh), count(tally.gone)]
        if move.suggests else [""] * 5
    )  # fmt: skip
    return [move.name, count(tally.n), three(tally.correlation), furthest, *suspects, move.shared.made_from]


def _list_of_score(found: AuditDifference, move: ScoreMove, what: str, most: int) -> None:
    images = listed_images(found, what, move.name)
    if not len(images):
        return
    print(f"by {move.name}, {OF_SCORE[what]}, places in percentiles counted from the easy end:")
    for one in named(found, images, slice(most)):
        print(f"  {_in_words(one)}: {one.place_before:.1f} → {one.place_after:.1f}")
    if len(images) > most:
        more = "" if what == MOVED else f"and {count(len(images) - most)} more"
        print(*([f"  {more}"] if more else []), sep="\n")
