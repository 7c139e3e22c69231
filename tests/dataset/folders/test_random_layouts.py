from __future__ import annotations

import os
import random
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.dataset.model import Listing
from core.errors import TwoReadings
from tests.dataset.listed import counted, listed, put

CLASSES = (
    "cat",
    "dog",
    "eel",
    "Ünï 1",
    "007",
    "a.b",
    "x-ray",
    "logo.png",
    "class 10",
    "NA",
    "train_station",
    "crash-test",
)
WRAPPERS = ("archive", "PetImages", "my data", "chest_xray", "v1.2", "données")
WORDS = {
    "train": ("train", "training", "TRAIN", "training_set", "Training Set", "seg_train", "train2017"),
    "val": ("val", "valid", "validation", "dev", "Dev", "validation_set"),
    "test": ("test", "testing", "eval", "evaluation", "test_set", "test-images"),
}
JUNK = ("@eaDir/{}.png", ".hidden/{}.png", "$RECYCLE.BIN/{}.png", "__MACOSX/._{}.png", "notes-{}.txt", ".DS_Store{}")

Truth = dict[str, tuple[str, str | None]]


@dataclass(frozen=True)
class Written:
    """What a writer of layouts put down. truth: key to (split, class). junk: files that are no images of it."""

    truth: Truth
    junk: int
    plan: str


@dataclass(frozen=True)
class Plan:
    """One layout to write. shape: the roles from the top. wrappers: folders around everything."""

    shape: str
    classes: tuple[str, ...]
    splits: tuple[tuple[str, str], ...]
    wrappers: tuple[str, ...]
    repeated: bool
    inner: str
    holes: int
    seed: int


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Layouts that people make: splits, classes and folders around them in every order."""
    shape = draw(st.sampled_from(["split/class", "class/split", "class", "split", "split/class", "flat"]))
    splits = draw(st.lists(st.sampled_from(sorted(WORDS)), min_size=1, max_size=3, unique=True))
    return Plan(
        shape=shape,
        classes=tuple(draw(st.lists(st.sampled_from(CLASSES), min_size=1, max_size=5, unique=True))),
        splits=tuple((name, draw(st.sampled_from(WORDS[name]))) for name in splits),
        # A folder around images that lie in no other is one class, as f/only/0.png is.
        wrappers=tuple(draw(st.lists(st.sampled_from(WRAPPERS), max_size=0 if shape == "flat" else 2, unique=True))),
        repeated=draw(st.booleans()), inner=draw(st.sampled_from(["", "", "images"])),
        holes=draw(st.integers(0, 3)), seed=draw(st.integers(0, 10**6)),
    )  # fmt: skip


def write(plan: Plan, folder: Path) -> Written:
    """Put a layout down, with litter between, and a few folders left out."""
    generator = random.Random(plan.seed)
    places: dict[tuple[str, ...], tuple[str, str | None]] = {}
    for split, word in plan.splits:
        above = (word, word) if plan.repeated else (word,)
        within = (plan.inner,) if plan.inner else ()
        for name in plan.classes:
            meant: dict[str, dict[tuple[str, ...], tuple[str, str | None]]] = {
                "split/class": {(*above, *within, name): (split, name)}, "class/split": {(name, word): (split, name)},
                "class": {(name,): ("train", name)}, "split": {(*above, *within): (split, None)},
                "flat": {(): ("train", None)},
            }  # fmt: skip
            places |= meant[plan.shape]
    for _ in range(min(plan.holes, len(places) - 1)):
        places.pop(generator.choice(sorted(places)))
    truth: Truth = {}
    number = 0
    for place, meaning in places.items():
        for _ in range(generator.randint(1, 3)):
            number += 1
            key = "/".join((*plan.wrappers, *place, f"{number:04d}.png"))
            truth[key] = meaning
    put(folder, *truth)
    junk = {os.path.dirname(key) + "/" + generator.choice(JUNK).format(i) for i, key in enumerate(truth)}
    put(folder, *(name.lstrip("/") for name in junk if generator.random() < 0.5))
    files = sum(len(names) for _, _, names in os.walk(folder))
    return Written(truth, files - len(truth), repr(plan))


def read_or_asked(folder: Path) -> tuple[Listing | None, tuple[tuple[str, str], ...]]:
    """The listing and no readings, or none and the readings that the error offers."""
    try:
        return listed(folder), ()
    except TwoReadings as error:
        return None, error.readings


def check(plan: Plan) -> bool:
    """Whether a layout was read; it is read as it was meant, or refused with readings to choose from."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        written = write(plan, folder)
        listing, readings = read_or_asked(folder)
        if listing is None:
            assert len(readings) > 1, written.plan
            assert all(option.startswith(("--", "hardlook ")) for _, option in readings), written.plan
            return False
        assert {one.key: (one.split, one.label) for one in listing.candidates} == written.truth, written.plan
        assert not listing.refused
        assert listing.found == counted(listing) == len(written.truth) + written.junk, written.plan
        return True


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans())
def test_a_random_layout_is_read_as_it_was_written_or_asked_about(plan: Plan) -> None:
    check(plan)


@pytest.mark.slow
@settings(max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans())
def test_two_thousand_random_layouts_are_read_as_they_were_written_or_asked_about(plan: Plan) -> None:
    check(plan)


def test_most_layouts_of_usual_names_are_read_and_not_asked_about() -> None:
    plain = [
        Plan(shape, ("cat", "dog", "eel"), (("train", "train"), ("val", "dev"), ("test", "test_set")), wrappers,
             repeated, inner, 0, seed)
        for seed, shape in enumerate(("split/class", "class/split", "class", "split", "flat"))
        for wrappers in ((), ("archive",), ("archive", "data"))
        for repeated in (False, True) for inner in ("", "images")
        if not (shape == "flat" and wrappers)
    ]  # fmt: skip
    assert all(map(check, plain))
