"""Every section says of how many images it is: a planted audit for each, whose number of images stands nowhere else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from core.experiments.papers import all_sections
from core.experiments.papers.section import Findings, Reproduced
from core.store.metrics import (
    ACCURACY,
    CHECKPOINTS_SPEARMAN,
    EQUAL_CONFIDENCE_GAP,
    ERROR_AUROC,
    FALSE_NEGATIVE_CORRELATION,
    ITEMS,
    LABEL_ENTROPY,
    MEMORISATION,
    OVER_CLASSES,
    SEED_SPEARMAN,
    USABLE_INFORMATION,
)
from core.words.rows import rows_of
from core.words.telling import WORD
from tests.experiments.papers.planted import findings, metric, run, value
from tests.experiments.papers.planted_grid import grid
from tests.experiments.papers.test_data_map_section import rows as on_the_map
from tests.experiments.papers.test_measures import MODEL
from tests.experiments.papers.test_pruning_section import AS_GOOD
from tests.experiments.papers.test_pruning_section import planted as pruned
from tests.experiments.papers.test_rmd_scores import EMBED, around, beside, checks
from tests.experiments.papers.test_second_split import HIGH
from tests.experiments.papers.test_second_split import rows as forgotten
from tests.experiments.papers.test_self_test_section import TESTED
from tests.experiments.papers.test_self_test_section import rows as planted_labels
from tests.experiments.papers.test_vog_ood import planted as among_others
from tests.experiments.papers.test_vog_sections import RISING, VOG, along
from tests.experiments.papers.test_words import ADDRESS, SCORE, told

N = 4321
SAID = "4,321"
CLASSES = ("Coat", "Shirt")
WITHOUT_IMAGES = {"vog-toy", "rmd-weights"}
"""Illustrations of made data and of a formula."""


def of_n(found: Findings, n: int = N) -> Findings:
    """The same, all figures of so many images."""
    return replace(found, rows=[replace(row, estimate=replace(row.estimate, n=n)) for row in found.rows])


def with_notes(found: Findings, note: str) -> Findings:
    """The same, all rows with a note such as an experiment on a copy of the labels writes."""
    return replace(found, rows=[replace(row, note=note) for row in found.rows])


def of_a_grid() -> Findings:
    """A grid whose models are not given two classes."""
    made = grid(1)
    more = {"held_out_classes": list(CLASSES), "image_size": 20, "epochs": 8}
    runs = [replace(one, parameters={**one.parameters, **more}) for one in made.runs]
    parts = [metric("nll_refinement", one.run_id, 0.5, 0.4, 0.6) for one in made.runs]
    parts += [replace(row, name="nll_calibration") for row in parts]
    return of_n(replace(made, runs=runs, rows=[*made.rows, *parts]))


def along_rmd() -> Findings:
    """RMD, MD and K-means beside the errors of a model, and RMD of one embedding."""
    made = beside(md=0.4, kmeans=0.4)
    address = next(row.subject for row in made.rows)
    return of_n(replace(made, rows=[*made.rows, around(ERROR_AUROC, address, 0.7, "all", made.runs[0].run_id)]))


def along_vog() -> Findings:
    """VoG beside the errors of a model, by image and by class."""
    model = next(row.by for row in along("late", HIGH, RISING))
    rows = [*along("early", HIGH, RISING), *along("late", HIGH, RISING), metric(ACCURACY, model, 0.7, 0.6, 0.8)]
    rows += [metric(FALSE_NEGATIVE_CORRELATION, f"{VOG.run_id}:vog_logit_late", *HIGH, part=part, by=model)
             for part in ("all", OVER_CLASSES)]  # fmt: skip
    return of_n(findings(rows, run("train", "resnet8", 1), VOG))


def over_seeds() -> Findings:
    """VoG of several seeds."""
    parts = [f"logit {window}{over}" for window in ("late", "spread 3") for over in ("", ", over seeds")]
    names = (SEED_SPEARMAN, CHECKPOINTS_SPEARMAN)
    rows = [metric(name, "resnet8, seeds 0 and 1", *HIGH, part=part) for name in names for part in parts]
    return with_notes(of_n(findings(rows)), f"3 seeds, {SAID} images")


def by_label() -> Findings:
    """RMD under other labels."""
    names = ("rmd_altered_labels_trend", "rmd_label_distance_trend")
    return findings([around(name, EMBED.run_id, 0.5, "all") for name in names], EMBED)


def memorised() -> Findings:
    """A model of labels of which some are altered."""
    rows = [metric(MEMORISATION["error"], ITEMS, 0.0, 0.0, 0.001), metric(MEMORISATION["welch_t"], ITEMS, 5, 3, 7,
                                                                          part="logit all")]  # fmt: skip
    return with_notes(findings(rows), f"864 of {SAID} labels altered")


def told_in_words() -> Findings:
    """The hardest images in words."""
    hardest = replace(told(WORD, 0.001), about=f"40 images told from {SAID} others")
    return findings(rows_of(hardest, "hardest 10 %", ADDRESS), SCORE)


def encoded() -> Findings:
    """What an encoder tells of the labels."""
    bits = metric(USABLE_INFORMATION, EMBED.run_id, 2.0, 1.9, 2.1)
    return of_n(findings([bits, value(LABEL_ENTROPY, EMBED.run_id, 3)], EMBED))


def at_equal_confidence() -> Findings:
    """A model's gap at equal confidence."""
    return of_n(findings([metric(EQUAL_CONFIDENCE_GAP, MODEL.run_id, *HIGH)], MODEL))


def pruning() -> Findings:
    """A proof of pruning."""
    made, rows = pruned(1, {70.0: AS_GOOD})
    return of_n(findings(rows, made))


WHOLE_AUDIT = (
    of_a_grid(), along_rmd(), along_vog(), over_seeds(), of_n(by_label()), of_n(checks({"fog": 0.4, "jpeg": 0.4})),
    memorised(), told_in_words(), encoded(), at_equal_confidence(), pruning(), of_n(among_others(0.2)),
    of_n(findings(planted_labels("suspicion", "knn", (0.02, 0.2)), TESTED)),
    with_notes(findings(on_the_map((0.9, 0.8, 1.0), (0.6, 0.5, 0.7))), f"864 of {SAID} labels altered"),
    with_notes(findings(forgotten(HIGH, HIGH)), f"{SAID} images of the training split"),
)  # fmt: skip


def words_of(outcome: Reproduced) -> Iterable[str]:
    """Everything that a section says in words: what a verdict rests on, notes, tables with their titles."""
    yield outcome.because
    yield from outcome.notes
    for table in outcome.tables:
        yield table.title
        yield from table.notes
        for row in table.rows:
            yield f"{' '.join(row)} images"
    for plot in outcome.plots:
        yield f"{plot.title} {plot.says}"


@pytest.mark.parametrize("key", sorted({section.key for section in all_sections()} - WITHOUT_IMAGES))
def test_every_section_says_of_how_many_images_it_is(key: str) -> None:
    section = next(one for one in all_sections() if one.key == key)
    outcomes = [outcome for found in WHOLE_AUDIT if (outcome := section.assess(found))]
    assert outcomes, "plant rows for this section in WHOLE_AUDIT"
    assert any(SAID in text and ("image" in text or "label" in text) for one in outcomes for text in words_of(one)), [
        *words_of(outcomes[0])
    ]


@pytest.mark.parametrize("key", [one.key for one in all_sections() if one.steps == ("grid",)])
def test_every_section_of_a_grid_says_how_its_models_were_trained_and_what_they_were_not_given(key: str) -> None:
    section = next(one for one in all_sections() if one.key == key)
    outcome = section.assess(of_a_grid())
    assert outcome is not None
    said = " ".join(outcome.notes)
    assert "resnet8 at 20 pixels, 8 epochs, 5 seeds, grid 'planted'." in said
    assert "2 classes they were never given: Coat, Shirt." in said


@pytest.mark.parametrize("key", ["rmd-severity", "rmd-labels", "rmd-rivals", "rmd-embeddings"])
def test_sections_on_an_embedding_name_it(key: str) -> None:
    section = next(one for one in all_sections() if one.key == key)
    outcomes = [outcome for found in WHOLE_AUDIT if (outcome := section.assess(found))]
    assert any("lite" in " ".join((one.because, *one.notes)) or "vectors" in one.because for one in outcomes)
