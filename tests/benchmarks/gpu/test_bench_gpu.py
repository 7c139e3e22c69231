"""The GPU's measurements run from end to end on the CPU, at sizes that say nothing; what travels to a GPU is whole."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.benchmarks import bench_gpu
from tests.benchmarks.gpu import arrays, pack
from tests.benchmarks.gpu.measure import Bench, peak_of

ROOT = Path(__file__).parents[3]
EIGHT_MINUTES = 480


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with both files of a whole run."""
    folder = tmp_path_factory.mktemp("gpu")
    command = [sys.executable, "-m", "tests.benchmarks.bench_gpu", "--device", "cpu", "--tiny", "--out", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_every_part_is_measured_and_written_twice(report: Path) -> None:
    found = json.loads((report / "gpu.json").read_text())
    assert [part["part"] for part in found["parts"]] == list(bench_gpu.PARTS)
    assert (found["card"], found["tiny"]) == ("CPU", True)
    table = (report / "gpu.md").read_text()
    assert "tiny sizes, which say nothing" in table
    for part in found["parts"]:
        assert part["not_measured"] == ""
        assert part["rows"]
        assert part["peak_gb"] > 0
        assert all(f"| {part['part']} | {row['what']} |" in table for row in part["rows"])
        assert all(row["share"] is None for row in part["rows"])  # nobody knows this processor's peak
    assert "| unknown |" in table


def test_what_is_compared_agrees(report: Path) -> None:
    found = {
        row["what"]: row["figure"]
        for part in json.loads((report / "gpu.json").read_text())["parts"]
        for row in part["rows"]
    }
    assert found["rmd: largest difference of CPU and device"] < 1e-5
    assert found["suspicion: largest difference of CPU and device"] < 1e-2
    assert found["the same neighbours as the CPU's"] > 0.99
    assert found["largest difference of CPU and device"] < 1e-3
    assert found["lowest cosine of CPU and device"] > 0.9999


def test_the_budgets_leave_a_minute_of_eight_for_starting_and_the_tests() -> None:
    assert sum(seconds for _, seconds in bench_gpu.PARTS.values()) <= EIGHT_MINUTES - 45


def test_a_part_that_lacks_something_holds_up_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def lacking(bench: Bench) -> None:
        bench.say("so far", 1.0, "rows/s")
        raise ModuleNotFoundError("No module named 'open_clip'")

    monkeypatch.setattr(bench_gpu, "PARTS", {"embedding": (lacking, 1), "RMD": bench_gpu.PARTS["RMD"]})
    assert bench_gpu.main(["--device", "cpu", "--tiny", "--out", str(tmp_path)]) == 1
    first, second = json.loads((tmp_path / "gpu.json").read_text())["parts"]
    assert (first["not_measured"], len(first["rows"])) == ("ModuleNotFoundError: No module named 'open_clip'", 1)
    assert second["not_measured"] == ""
    assert "| embedding | not measured | ModuleNotFoundError" in capsys.readouterr().out


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_without_a_gpu_nothing_is_measured_and_that_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench_gpu.main(["--out", str(tmp_path / "none")]) == 2
    assert "GPU: not measured" in capsys.readouterr().out
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("card", "peak"),
    [("NVIDIA H100 80GB HBM3", 989e12), ("NVIDIA H100 PCIe", 756e12), ("NVIDIA A100-SXM4-80GB", 312e12),
     ("NVIDIA L40S", 362e12), ("NVIDIA L4", 121e12), ("Something new", None)],
)  # fmt: skip
def test_a_cards_peak_is_known_by_its_name_or_unknown(card: str, peak: float | None) -> None:
    assert peak_of(card, "bfloat16") == peak


def test_a_second_size_is_held_against_the_first_and_left_out_where_there_is_no_time() -> None:
    bench = Bench(torch.device("cpu"), tiny=False, seconds=1000.0)
    arrays.against_the_cpu(bench, "rmd", 800, 1600, 10, margin=False)
    assert [row.what for row in bench.rows] == [
        "rmd, 800 × 512", "rmd: largest difference of CPU and device", "rmd, 1,600 × 512"
    ]  # fmt: skip
    assert bench.rows[1].figure < 2e-5  # of which all is the rounding of the CPU, fitted to so few rows
    assert bench.rows[2].ratio is not None
    assert bench.rows[2].against == "the CPU at 800"
    hurried = Bench(torch.device("cpu"), tiny=False, seconds=0.0)
    arrays.against_the_cpu(hurried, "rmd", 800, 1600, 10, margin=False)
    assert hurried.rows[-1].what == "rmd, 1,600 rows: left out"


def test_what_is_timed_stops_when_the_budget_is_used_up() -> None:
    bench, calls = Bench(torch.device("cpu"), tiny=False, seconds=0.0), []
    bench.time(lambda: calls.append(1), most=60.0)
    assert len(calls) == 4  # one that does not count, and three


def test_what_travels_is_said_with_what_cannot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {"open_clip_torch": 2, "ftfy": 1, "faiss-cpu": 9}

    def fetched(requirement: str, python: str, folder: Path) -> str:
        name, _, number = requirement.partition("==")
        if name not in sizes:
            return "ERROR: No matching distribution"
        (folder / f"{name}-{number}-py3-none-any.whl").write_bytes(bytes(sizes[name] * 10**6))
        return ""

    monkeypatch.setattr(pack, "fetched", fetched)
    packed = pack.pack(tmp_path / "p q", "3.12", {"Regex", "wcwidth"}, most=5.0)
    assert [name.partition("-")[0] for name in packed.brought] == ["open_clip_torch", "ftfy"]
    assert packed.left_out["faiss-cpu"].endswith("9 MB, and 2 are left of 5")
    assert "No matching distribution" in packed.left_out["pyarrow"]
    assert "faiss-gpu" in packed.left_out
    assert not {"regex", "wcwidth"} & set(packed.left_out)
    assert (tmp_path / "p q" / "left-out.txt").read_text().count("\n") == len(packed.left_out)
    script = (tmp_path / "p q" / "run.sh").read_text()
    assert subprocess.run(["sh", "-n", str(tmp_path / "p q" / "run.sh")], check=False).returncode == 0
    assert "tests.benchmarks.bench_gpu" in script


def test_the_tests_that_travel_are_all_those_marked() -> None:
    marked = {path.relative_to(ROOT) for path in (ROOT / "tests").rglob("test_*.py") if "mark.gpu" in path.read_text()}
    marked -= {Path(__file__).relative_to(ROOT)}
    assert marked
    assert all(any(path.is_relative_to(place) for place in pack.TESTS) for path in marked)


def test_no_figure_of_a_gpu_is_claimed_before_one_is_measured() -> None:
    said = (ROOT / "BENCHMARKS.md").read_text()
    assert "GPU: not measured" in said
