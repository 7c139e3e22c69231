from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from core.errors import BadInput
from core.pipeline.training.grid_file import GridPlan, read_grid

ROOT = Path(__file__).parents[3]
CE = '[[method]]\nlabel = "CE"\nloss = "cross_entropy"\n'


def read(folder: Path, text: str) -> GridPlan:
    path = folder / "grid.toml"
    path.write_text(text, encoding="utf-8")
    return read_grid(path)


def test_every_method_is_trained_with_each_network_and_seed_a_seed_at_a_time(tmp_path: Path) -> None:
    grid = read(tmp_path, f"""
        [grid]
        name = "mine"
        models = ["lenet", "resnet8"]
        seeds = 2
        epochs = 3
        {CE}
        [[method]]
        label = "DA"
        loss = "difficulty_aware_entropy"
        parameters = {{ alpha = 0.2 }}
        models = ["lenet"]
        epochs = 5
        """)  # fmt: skip
    cells = [(job.request.method, job.request.model, job.request.seed, job.request.epochs) for job in grid.jobs]
    once = [("CE", "lenet", 0, 3), ("CE", "resnet8", 0, 3), ("DA", "lenet", 0, 5)]
    assert cells == [*once, *((method, model, 1, epochs) for method, model, _, epochs in once)]
    assert {job.request.grid for job in grid.jobs} == {"mine"}
    assert grid.jobs[2].request.loss_parameters == {"alpha": 0.2}


def test_a_sweep_names_its_values_and_reaches_losses_weights_and_settings(tmp_path: Path) -> None:
    grid = read(tmp_path, """
        [[method]]
        label = "DA"
        loss = "difficulty_aware_entropy"
        sweep = { alpha = [0.1, 0.5], temperature = [0.7, 1], epochs = [2] }
        """)  # fmt: skip
    assert [job.request.method for job in grid.jobs] == [
        f"DA alpha {alpha} temperature {t} epochs 2" for alpha in (0.1, 0.5) for t in (0.7, 1)
    ]
    assert [job.request.loss_parameters["alpha"] for job in grid.jobs] == [0.1, 0.1, 0.5, 0.5]
    asked = [job.request.difficulty for job in grid.jobs]
    assert [each.temperature for each in asked if each] == [0.7, 1, 0.7, 1]
    assert grid.name == "grid"


def test_weights_come_from_the_first_seed_of_the_method_with_the_same_network(tmp_path: Path) -> None:
    grid = read(tmp_path, f"""
        [grid]
        models = ["lenet", "resnet8"]
        seeds = 2
        {CE}
        [[method]]
        label = "by loss"
        loss = "difficulty_aware_entropy"
        difficulty = "loss_mean"
        difficulty_from = "CE"
        """)  # fmt: skip
    last = grid.jobs[-1]
    assert last.label == "by loss, resnet8, seed 1"
    source = grid.source_job(last)
    assert source is not None
    assert source.label == "CE, resnet8, seed 0"
    assert grid.source_job(source) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[grid\n", "is not TOML"),
        ("[grid]\nseeds = 2\n", "has no [[method]]"),
        ("[grids]\n" + CE, "the file has a key 'grids'"),
        ("[grid]\nepoch = 2\n" + CE, "[grid] has a key 'epoch', which means nothing here. Allowed: name, seeds"),
        ("[grid]\nseeds = 0\n" + CE, "seeds and workers must be 1 or more"),
        ("[grid]\nseeds = 2.5\n" + CE, "seeds is 2.5, and not a whole number"),
        ("[grid]\nflip = 1\n" + CE, "flip is 1, and not true or false"),
        ("[grid]\nseeds = true\n" + CE, "seeds is True, and not a whole number"),
        ("[grid]\nmodels = [3]\n" + CE, "models is [3], and not names"),
        ('[grid]\nmodels = ["vgg"]\n' + CE, "'CE': There is no model 'vgg'"),
        ('[grid]\nschedule = "linear"\n' + CE, "schedule is 'linear'. Give cosine or steps"),
        ('[grid]\ndynamics = "never"\n' + CE, "dynamics is 'never'. Give every epoch or last epoch"),
        ("[grid]\nepochs = -1\n" + CE, "epochs is -1"),
        ("[grid]\ntrain_images = 0\n" + CE, "train_images is 0"),
        ("[[method]]\nlabel = 'x'\n", "[[method]] 1 has no loss"),
        ("[[method]]\nlabel = ''\nloss = 'crl'\n", "[[method]] 1: label is empty"),
        ("[[method]]\nlabel = 'x'\nloss = 'hinge'\n", "'x': There is no loss 'hinge'"),
        (CE + "parameters = { alpha = 1 }\n", "'CE': Loss 'cross_entropy' has no parameter alpha"),
        (CE + "difficulty = 'rmd'\n", "'CE': Loss 'cross_entropy' takes no difficulty weights"),
        (CE + "sweep = { alpha = 0.1 }\n", "sweep.alpha is 0.1, not a list"),
        (CE + CE, "Two tables of the grid are labelled 'CE'"),
        (CE + "[[embedding]]\nlabel = 'CE'\nencoder = 'embedded'\n", "labelled 'CE'"),
        (CE + "[[embedding]]\nlabel = 'x'\n", "[[embedding]] 1 has no encoder"),
        ("[[method]]\nlabel = 'x'\nloss = 'difficulty_aware_entropy'\ntemperature = -1\n", "temperature -1"),
        ("[[method]]\nlabel = 'x'\nloss = 'difficulty_aware_entropy'\ncontrol = 'odd'\n", "control is 'odd'"),
        (
            "[[method]]\nlabel = 'x'\nloss = 'difficulty_aware_entropy'\ndifficulty_from = 'y'\n" + CE,
            "difficulty_from is 'y', which is not in the file. Name an [[embedding]] or another [[method]]: x, CE",
        ),
        (
            "[[method]]\nlabel = 'x'\nloss = 'difficulty_aware_entropy'\ndifficulty_from = 'x'\n",
            "'x' waits for itself",
        ),
    ],
)
def test_what_cannot_be_meant_is_named_with_what_can(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(tmp_path, text)
    assert said in str(refused.value)


def test_the_grid_of_the_documentation_holds_all_that_it_is_to_compare() -> None:
    grid = read_grid(ROOT / "docs" / "difficulty-aware-training.toml")
    assert len(grid.jobs) == 115
    runs = Counter((job.request.method, job.request.model) for job in grid.jobs)
    assert set(runs.values()) == {5}
    expected = {
        "CE", "label smoothing", "focal", "L1", "ER", "Poly-1", "CRL", "difficulty-aware", "permuted weights",
        "equal-strength ER", "DA alpha 0.1", "DA by K-means", "DA by supervised RMD", "DA by RMD at 64 pixels",
    }  # fmt: skip
    assert expected <= {method for method, _ in runs}
    second = {method for method, model in runs if model == "resnet14_w8"}
    assert second == {"CE", "difficulty-aware", "permuted weights", "equal-strength ER"}
