"""Every registered scorer through the pipeline, on a small audit with an embedding and a trained network."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.answers.labels.duplicates import duplicate_lines, duplicate_summary
from core.answers.runs.reproduce import reproduction
from core.answers.view.reader import open_reader
from core.cli.app import main
from core.dataset import IngestOptions
from core.encoders.embed_rows import Augmentation
from core.errors import BadInput, HardlookError, MissingRun
from core.maths.gaussians import own_class_distance
from core.pipeline.embed import embed
from core.pipeline.ingest import ingest
from core.pipeline.scoring import augmented_views, encoded
from core.pipeline.scoring.score_any import COSTLY, score_all, score_any, score_several
from core.pipeline.training.request import TrainRequest
from core.pipeline.training.train import train
from core.scorers.registry import all_scorers, get_scorer, in_full
from core.scorers.rmd import relative_mahalanobis
from core.scorers.rmd_variants import augmented_gaussians
from core.store import views
from core.store.audit import Audit
from core.store.unfinished import unfinished_runs
from tests.audits import build_audit, publish
from tests.pictures import Heard, write_halves, write_images

SHARED = Path(__file__).parents[4] / "shared"
TRASHNET = SHARED / "data" / "trashnet-128"
CIFAR = SHARED / "data" / "cifar10n-train-10k.npz"
TEXT_MODEL = SHARED / "models" / "lite0-wordnet-256"
CIFAR_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
WITHOUT_TEXT = {"zero_shot"}  # the bundled encoder reads none


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    """72 images in two splits with planted duplicates, embedded.

    One file twice in the training split under two labels, one in both splits, one photograph once more a shade
    brighter.
    """
    photos, audits = tmp_path_factory.mktemp("photos"), tmp_path_factory.mktemp("audits")
    write_halves(photos, 11, size=32)
    shutil.copy(photos / "train" / "red" / "0-1.png", photos / "train" / "green" / "same-file.png")
    shutil.copy(photos / "train" / "blue" / "0-2.png", photos / "test" / "blue" / "leaked.png")
    smooth = np.linspace(0, 200, 32)[None, :, None] * np.linspace(0.2, 1, 32)[:, None, None] * np.ones(3)
    for brighter, name in ((0, "shot-1"), (1, "shot-2")):
        Image.fromarray((smooth + brighter).astype(np.uint8)).save(photos / "train" / "blue" / f"{name}.png")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARDLOOK_AUDITS", str(audits))
        made = ingest(str(photos), Heard(), options=IngestOptions())
        embed(made, "embedded", Heard(), image_size=64)
    return made


@pytest.fixture(scope="module")
def scored(embedded: Audit) -> tuple[Audit, Heard, dict[str, str]]:
    """The same with a trained network and every score; what was said; what was left out."""
    train(embedded, Heard(), TrainRequest("resnet8", 3))
    heard = Heard()
    return embedded, heard, score_all(embedded, heard)


def test_every_scorer_that_has_what_it_needs_runs(scored: tuple[Audit, Heard, dict[str, str]]) -> None:
    audit, heard, left_out = scored
    run = {info.scorer for info in views.score_infos(views.open_hub(audit))}
    assert run | set(left_out) >= {scorer.name for scorer in all_scorers()}
    assert set(left_out) == WITHOUT_TEXT | set(COSTLY)
    assert "left out zero_shot: The encoder embedded has no text tower" in heard.text


def test_every_value_is_finite_or_has_a_reason(scored: tuple[Audit, Heard, dict[str, str]]) -> None:
    hub = views.open_hub(scored[0])
    for info in views.score_infos(hub):
        values = views.score(hub, info.address)
        assert len(values) == 70
        assert np.isfinite(values).all() or info.reason, info.name


def test_running_all_again_computes_nothing(scored: tuple[Audit, Heard, dict[str, str]]) -> None:
    heard = Heard()
    score_all(scored[0], heard)
    assert not [line for line in heard.lines if "done in" in line]
    assert sum("nothing to do" in line for line in heard.lines) == len(all_scorers()) - len(WITHOUT_TEXT | set(COSTLY))


def test_what_an_audit_lacks_is_said_scorer_by_scorer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    write_images(tmp_path / "photos", 2)
    audit = ingest(str(tmp_path / "photos"), Heard(), options=IngestOptions())
    left_out = score_all(audit, Heard())
    assert set(left_out) == {scorer.name for scorer in all_scorers()}
    assert "hardlook embed" in left_out["rmd"]
    assert "hardlook train" in left_out["aum"]


def test_planted_duplicates_are_named(scored: tuple[Audit, Heard, dict[str, str]]) -> None:
    audit, *_ = scored
    reader = open_reader(audit)
    found = duplicate_summary(reader, threshold=0.995)
    assert found is not None
    keys = views.column(reader.hub, "key")
    groups = [tuple(sorted(keys[list(group.rows)])) for group in found.groups]
    assert groups[:2] == [
        ("train/green/same-file.png", "train/red/0-1.png"),
        ("test/blue/leaked.png", "train/blue/0-2.png"),
    ]
    assert ("train/blue/shot-1.png", "train/blue/shot-2.png") in groups
    assert (found.exact, found.leaks, found.disagreements) == (2, 1, 1)
    lines = duplicate_lines(reader, found)
    assert "2 groups of identical images" in lines[0]
    assert "identical     train/green/same-file.png (green, train) = train/red/0-1.png (red, train)" in lines[1]
    assert lines[1].endswith("labels disagree")
    assert lines[2].endswith("across splits")


def test_no_duplicates_are_no_table(scored: tuple[Audit, Heard, dict[str, str]]) -> None:
    reader = open_reader(scored[0])
    found = duplicate_summary(reader, threshold=2.0)
    assert found is not None
    assert {group.exact for group in found.groups} == {True}


def test_before_scoring_there_is_no_answer(embedded: Audit) -> None:
    reader = open_reader(embedded)
    without = [info for info in reader.scores if info.scorer != "duplicates"]
    assert duplicate_summary(type(reader)(**{**vars(reader), "scores": tuple(without)})) is None


def test_augmented_passes_are_summed_and_kept_pass_by_pass(embedded: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def counted(*arguments: Any) -> Any:
        made.append(arguments[5].number)  # the augmentation
        if made == [0, 1]:
            raise KeyboardInterrupt
        return sums_of_pass(*arguments)

    sums_of_pass = encoded.sums_of_pass
    monkeypatch.setattr(encoded, "sums_of_pass", counted)
    with pytest.raises(KeyboardInterrupt):
        score_any(embedded, "augmented_rmd", Heard(), parameters={"passes": 2})
    score_any(embedded, "augmented_rmd", Heard(), parameters={"passes": 2})
    assert made == [0, 1, 1]  # the first pass was kept
    hub = views.open_hub(embedded)
    infos = {info.name: info for info in views.score_infos(hub) if info.scorer == "augmented_rmd"}
    assert set(infos) == {"augmented_rmd", "augmented_rmd_spread"}
    spread = views.score(hub, infos["augmented_rmd_spread"].address)
    assert (spread > 0).all()
    assert infos["augmented_rmd"].parameters["passes"] == 2
    (run,) = embedded.runs("embed")
    first, second = encoded.augmented_sums(embedded, run, 2, 0, "cpu", Heard())
    assert first.n == second.n == 36
    assert not np.allclose(first.totals, second.totals)


def test_augmented_views_are_what_the_encoder_makes_of_each_crop_and_flip(
    embedded: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def counted(*arguments: Any) -> Any:
        made.append(arguments[5].number)
        if made == [0, 1]:
            raise KeyboardInterrupt
        return of_pass(*arguments)

    of_pass = augmented_views.distances_of_pass
    monkeypatch.setattr(augmented_views, "distances_of_pass", counted)
    asked = {"passes": 2, "score_augmented": True}
    with pytest.raises(KeyboardInterrupt):
        score_any(embedded, "augmented_rmd", Heard(), parameters=asked)
    score_any(embedded, "augmented_rmd", Heard(), parameters=asked)
    assert made == [0, 1, 1]
    hub = views.open_hub(embedded)
    infos = {info.name: info for info in views.score_infos(hub) if info.parameters.get("score_augmented")}
    assert set(infos) == {
        "augmented_rmd", "augmented_rmd_spread", "augmented_rmd_views", "augmented_rmd_views_spread"
    }  # fmt: skip
    (run,) = embedded.runs("embed")
    encoder, labels = encoded.encoder_of(run, "cpu"), views.labels(hub)
    fitted = int((views.column(hub, "split") == "train").sum())
    gaussians = augmented_gaussians(encoded.augmented_sums(embedded, run, 2, 0, "cpu", Heard()), fitted, "auto", 1e-3)
    paths = views.column(hub, "path")
    chosen = 5
    image = Image.open(paths[chosen]).convert("RGB")
    seen = np.stack([encoder.prepare(Augmentation(0, number)(image, chosen)) for number in range(2)])
    expected = own_class_distance(gaussians, encoder.encode(seen), np.repeat(labels[chosen], 2), relative=True)
    value = views.score(hub, infos["augmented_rmd_views"].address)[chosen]
    assert value == pytest.approx(expected.mean(), rel=1e-3, abs=1e-3)


def test_an_encoder_whose_weights_have_changed_makes_no_passes(embedded: Audit) -> None:
    (run,) = embedded.runs("embed")
    with pytest.raises(BadInput, match="others than when the images were embedded"):
        encoded.encoder_of(type(run)(**{**vars(run), "weights": "0" * 12}), "cpu")


@pytest.mark.parametrize(
    ("scorer", "parameters", "reason"),
    [
        ("knn", {"neighbours": 3}, r"knn has no parameter 'neighbours'; it has k=20"),
        ("aum", {"k": 3}, "aum has no parameter 'k'; it has no parameters"),
        ("augmented_rmd", {"passes": 1}, "two augmented passes"),
        ("augmented_rmd", {"passes": "many"}, "passes is 'many'"),
        ("knn", {"plain": True}, r"knn has no parameter 'plain'"),
        ("rmd", {"plain": "yes"}, "plain is 'yes'"),
        ("rmd", {"plain": True, "ridge": 0.1}, "plain=true says ridge of rmd already, and ridge=0.1 was given"),
        ("rmd", {"depth": 3}, "it has pca=auto, .*, plain=False"),
    ],
)
def test_parameters_that_a_scorer_cannot_take_are_refused(
    scored: tuple[Audit, Heard, dict[str, str]], scorer: str, parameters: dict[str, Any], reason: str
) -> None:
    with pytest.raises(HardlookError, match=reason):
        score_any(scored[0], scorer, Heard(), parameters=parameters)


def test_plain_is_the_formula_alone_and_the_run_of_the_parameters_it_stands_for(tmp_path: Path) -> None:
    made = build_audit(tmp_path, n=200)
    vectors = np.random.default_rng(0).normal(size=(200, 4)).astype(np.float32) + made.labels[:, None]
    publish(
        made.audit, "embed", "other", {"embedding": {"image_id": np.arange(200, dtype=np.int32), "vector": vectors}}
    )
    plain = {name: score_any(made.audit, name, Heard(), parameters={"plain": True}) for name in ("rmd", "md")}
    fit = made.splits == "train"
    expected = relative_mahalanobis(vectors, made.labels, 5, fit=fit, pca=None, ridge=0)
    found = views.score(views.open_hub(made.audit), f"{plain['rmd'].run_id}:rmd")
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
    assert found[fit].mean() == pytest.approx(0, abs=1e-4)  # which it is without a ridge alone
    for name, first in plain.items():
        again = score_any(made.audit, name, Heard(), parameters={"pca": None, "ridge": 0})
        assert (again.new, again.run_id) == (False, first.run_id)
        command = reproduction(again.run, made.audit.name).command
        assert "--set pca=null --set ridge=0" in command
    usual = score_any(made.audit, "rmd", Heard(), parameters={"plain": False})
    assert usual.run_id == score_any(made.audit, "rmd", Heard()).run_id != plain["rmd"].run_id


def test_all_takes_no_parameters(
    embedded: Audit, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(embedded.path.parent))
    monkeypatch.setattr("sys.argv", ["hardlook", "score", "all", "--set", "k=3"])
    with pytest.raises(SystemExit):
        main()
    assert "--set is for one scorer" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.skipif(not TRASHNET.exists(), reason="needs the shared TrashNet photographs")
def test_trashnet_s_three_copies_are_found_and_their_labels_disagree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path))
    audit = ingest(str(TRASHNET), Heard(), options=IngestOptions())
    embed(audit, "embedded", Heard(), image_size=64)
    score_any(audit, "duplicates", Heard())
    reader = open_reader(audit)
    found = duplicate_summary(reader, threshold=1.0)
    assert found is not None
    lines = "\n".join(duplicate_lines(reader, found))
    assert "glass/glass115.jpg (glass, train) = metal/metal91.jpg (metal, train)" in lines
    assert (found.exact, found.disagreements) == (3, 3)


@pytest.mark.slow
@pytest.mark.skipif(not (CIFAR.exists() and TEXT_MODEL.exists()), reason="needs the shared images and text model")
def test_class_names_alone_tell_images_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path / "audits"))
    with np.load(CIFAR) as data:
        np.savez(tmp_path / "slice.npz", x=data["x"][:300], y=data["worse_label"][:300], true=data["clean_label"][:300])
    audit = ingest(
        str(tmp_path / "slice.npz"), Heard(), options=IngestOptions(classes=CIFAR_CLASSES, true_label_key="true")
    )
    with pytest.raises(MissingRun, match="hardlook embed"):
        score_any(audit, "zero_shot", Heard())
    embed(audit, f"open_clip:lite0@{TEXT_MODEL}", Heard())
    score_any(audit, "zero_shot", Heard())
    hub = views.open_hub(audit)
    (info,) = views.score_infos(hub)
    values, true = views.score(hub, info.address), views.true_labels(hub)
    assert true is not None
    wrong = views.labels(hub) != true
    assert np.mean(values[wrong]) > np.mean(values[~wrong])
    assert np.mean((values > 0)[wrong]) > 0.7  # another class's name fits a wrongly labelled image better


def write_each_its_own_class(folder: Path, n: int) -> None:
    """Pictures of noise, each in a folder of its own."""
    pixels = np.random.default_rng(0).integers(0, 256, (n, 20, 20, 3), dtype=np.uint8)
    for i, one in enumerate(pixels):
        (folder / f"only {i}").mkdir(parents=True)
        Image.fromarray(one).save(folder / f"only {i}" / "a.png")


@pytest.mark.parametrize("scorer", ["suspicion", "knn", "probe", "confident", "cleanlab", "centroid", "rmd", "md"])
def test_one_image_a_class_is_refused_with_the_reason_and_leaves_no_run(scorer: str, tmp_path: Path) -> None:
    write_each_its_own_class(tmp_path / "photos", 12)
    audit = ingest(str(tmp_path / "photos"), Heard(), name="a", options=IngestOptions(), folder=tmp_path)
    embed(audit, "embedded", Heard(), image_size=32)
    with pytest.raises(HardlookError, match="no class has two: 12 labelled images, 12 classes"):
        score_any(audit, scorer, Heard())
    assert audit.runs("score") == []
    assert unfinished_runs(audit) == []


def test_what_has_no_value_is_counted_with_the_reason(tmp_path: Path) -> None:
    write_images(tmp_path / "photos", 4)
    write_each_its_own_class(tmp_path / "photos", 2)
    audit = ingest(str(tmp_path / "photos"), Heard(), name="a", options=IngestOptions(), folder=tmp_path)
    embed(audit, "embedded", Heard(), image_size=32)
    heard = Heard()
    score_any(audit, "knn", heard)
    assert "score knn: no value for 2 of 14 images: 2 whose class has no other image to learn from" in heard.lines


def test_several_are_computed_and_one_that_lacks_something_is_named_at_the_end(tmp_path: Path) -> None:
    write_images(tmp_path / "photos", 4)
    audit = ingest(str(tmp_path / "photos"), Heard(), name="a", options=IngestOptions(), folder=tmp_path)
    embed(audit, "embedded", Heard(), image_size=32)
    with pytest.raises(BadInput, match="There is no scorer 'nonsense'"):
        score_several(audit, ["knn", "nonsense"], Heard())
    assert audit.runs("score") == []
    with pytest.raises(BadInput, match=r"1 of 3 scores could not be computed\. margin: .*hardlook train --audit a"):
        score_several(audit, ["margin", "knn", "centroid"], Heard())
    assert sorted(run.name for run in audit.runs("score")) == ["centroid", "knn"]


@pytest.mark.parametrize(
    ("scorer", "name", "value"),
    [("suspicion", "passes", 0), ("suspicion", "passes", 1.5), ("suspicion", "seed", -1), ("knn", "k", 0),
     ("knn", "k", "many"), ("knn", "k", True), ("rmd", "ridge", "x"), ("rmd", "ridge", float("nan")),
     ("probe", "folds", None), ("rmd", "pca", 0), ("rmd", "pca", 1.5), ("rmd", "pca", "many"), ("rmd", "margin", 1),
     ("kmeans", "clusters", 0), ("probe", "inverse_penalty", 0)],
)  # fmt: skip
def test_a_parameter_that_it_cannot_be_given_is_refused_by_name_before_any_work(
    scorer: str, name: str, value: object
) -> None:
    with pytest.raises(BadInput, match=f"^{name} is "):
        in_full(get_scorer(scorer), {name: value})
    usable = name == "margin" or 3
    assert in_full(get_scorer(scorer), {name: usable}) == {name: usable}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("knn", "--model", "resnet8"), "knn reads no model, and --model resnet8 was given. Leave --model out."),
        (("loss", "--encoder-run", "e"), "loss reads no embedding, and --encoder-run e was given."),
        (("loss", "--model", "resnet9"), "no train run 'resnet9' for its current images. There is: 'resnet8'."),
        (("knn", "--encoder-run", "clip"), "no embed run 'clip' for its current images. There is: 'embedded'."),
    ],
)  # fmt: skip
def test_a_run_that_is_not_there_or_would_not_be_read_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...],
    said: str,
) -> None:  # fmt: skip
    build_audit(tmp_path, n=20)
    monkeypatch.setenv("HARDLOOK_AUDITS", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["hardlook", "score", *words])
    with pytest.raises(SystemExit):
        main()
    assert said in " ".join(capsys.readouterr().err.split())
