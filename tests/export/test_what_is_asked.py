"""Which labels and images a format holds is what was asked for; what it has no place for is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.cli.console import make_reporter
from core.errors import BadInput
from core.export.registry import Exporter, all_exporters
from core.export.rows import collect
from core.pipeline.export import export
from core.reviews import By, Journal, add_class, merge_class
from core.store import views
from tests.audits import Made, publish

QUIET = make_reporter(quiet=True)


def place_for(exporter: Exporter, folder: Path) -> Path:
    ending = {"labelstudio": ".json"}.get(exporter.name, "" if exporter.place == "folder" else ".csv")
    return folder / f"out{exporter.endings[0] if exporter.endings else ending}"


@pytest.mark.parametrize("exporter", [one for one in all_exporters() if one.labels], ids=lambda one: one.name)
def test_a_format_that_holds_labels_leaves_the_excluded_image_out_unless_the_data_s_own_are_asked_for(
    exporter: Exporter, reviewed: Made, tmp_path: Path
) -> None:
    for labels, rows in (("reviewed", 29), ("given", 30)):
        (tmp_path / labels).mkdir()
        found = collect(reviewed.audit, labels=labels, all_scores=exporter.scores)
        written = exporter.write(reviewed.audit, found, place_for(exporter, tmp_path / labels), "copy")
        assert written.rows == rows, labels


@pytest.mark.parametrize("exporter", all_exporters(), ids=lambda one: one.name)
def test_an_option_that_a_format_has_no_place_for_is_refused_and_nothing_written(
    exporter: Exporter, reviewed: Made, tmp_path: Path
) -> None:
    refused = {
        "how": ("plan", exporter.place != "folder"), "score": ("suspicion", not exporter.sends_score),
        "labels": ("given", not exporter.labels),
    }  # fmt: skip
    for option, (value, is_refused) in refused.items():
        (tmp_path / option).mkdir()
        to = place_for(exporter, tmp_path / option)
        if not is_refused:
            export(reviewed.audit, QUIET, exporter.name, to, **{option: value})
            continue
        with pytest.raises(BadInput, match=f"--{option} {value} was given") as error:
            export(reviewed.audit, QUIET, exporter.name, to, **{option: value})
        assert error.value.hint == f"Leave --{option} out."
        assert not list((tmp_path / option).iterdir())


def test_a_file_says_which_labels_it_holds(reviewed: Made, tmp_path: Path) -> None:
    for labels, said in (("reviewed", "as reviewed"), ("given", "as the data has them")):
        export(reviewed.audit, QUIET, "manifest", tmp_path / f"{labels}.csv", labels=labels)
        assert f'"labels": "{said}"' in (tmp_path / f"{labels}.csv.json").read_text()
        export(reviewed.audit, QUIET, "huggingface", tmp_path / labels, labels=labels)
        assert f"with their labels {said}" in (tmp_path / labels / "README.md").read_text()


def test_arrays_have_reviewed_labels_and_probabilities_of_the_classes_as_they_are_now(
    reviewed: Made, journal: Journal, tmp_path: Path
) -> None:
    before = views.classes(views.open_hub(reviewed.audit))
    probabilities = np.random.default_rng(0).dirichlet(np.ones(5), 30).astype(np.float32)
    table = {"probability": {"image_id": np.arange(30, dtype=np.int32), "probs": probabilities}}
    publish(reviewed.audit, "train", "seen", table, k=5)
    merge_class(journal, before[1], before[3], By("ann"))
    add_class(journal, "another", By("ann"))
    export(reviewed.audit, QUIET, "arrays", tmp_path / "arrays.npz")
    rows = [row for row in collect(reviewed.audit).rows if not row.excluded]
    with np.load(tmp_path / "arrays.npz") as found:
        classes = found["classes"].tolist()
        assert classes == [before[0], *before[2:], "another"]
        assert found["id"].tolist() == [row.key for row in rows]
        assert [classes[label] for label in found["labels"]] == [row.label for row in rows]
        assert rows[0].label != rows[0].given
        ids = [row.image_id for row in rows]
        joined = probabilities[ids][:, 1] + probabilities[ids][:, 3]
        np.testing.assert_allclose(found["pred_probs"][:, classes.index(before[3])], joined, rtol=1e-6)
        np.testing.assert_allclose(found["pred_probs"].sum(axis=1), 1, rtol=1e-5)
        assert not found["pred_probs"][:, -1].any()
