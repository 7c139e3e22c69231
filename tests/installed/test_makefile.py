"""`make demo` takes PyTorch without CUDA where there is no GPU and it is offered, and the usual one everywhere else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TORCH = {"torch": "2.14.1+cpu", "torchvision": "0.29.1+cpu"}
PROJECT = (
    '[project]\nname = "p"\nversion = "0"\ndependencies = ["torch>=2.14,<2.15", "torchvision>=0.29.1,<0.30", "six"]\n'
)
NOBODY = "http://127.0.0.1:9/whl/cpu"

pytestmark = pytest.mark.skipif(sys.platform != "linux" or not shutil.which("make"), reason="for make on Linux")


@pytest.fixture
def index(tmp_path: Path) -> str:
    """An index that offers both, empty inside."""
    for name, version in TORCH.items():
        folder = tmp_path / "index" / name
        folder.mkdir(parents=True)
        file = folder / f"{name}-{version}-py3-none-any.whl"
        with zipfile.ZipFile(file, "w") as wheel:
            about = f"{name}-{version}.dist-info"
            wheel.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
            wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{about}/RECORD", "")
        (folder / "index.html").write_text(f'<a href="{file.name}">{file.name}</a>')
    return (tmp_path / "index").as_uri()


def make(folder: Path, index: str, *, gpu: bool) -> tuple[str, str]:
    """What `make` says up to the installation of the project itself, which finds nothing; what is installed then."""
    place = folder / "project"
    (place / "bin").mkdir(parents=True)
    (place / "bin" / "nvidia-smi").write_text(f"#!/bin/sh\nexit {0 if gpu else 9}\n")
    (place / "bin" / "nvidia-smi").chmod(0o755)
    shutil.copy(ROOT / "Makefile", place)
    (place / "pyproject.toml").write_text(PROJECT)
    environment = {
        **os.environ, "PATH": f"{place / 'bin'}:{os.environ['PATH']}", "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": NOBODY, "PIP_RETRIES": "0",
    }  # fmt: skip
    command = ["make", f"PYTHON={sys.executable}", f"TORCH_INDEX={index}", ".venv/installed"]
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)
    python = place / ".venv" / "bin" / "python"
    code = "import importlib.metadata as m; print(*(f'{d.name} {d.version}' for d in m.distributions()), sep='; ')"
    return done.stdout, subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout


@pytest.mark.slow
def test_without_a_gpu_what_is_offered_without_cuda_is_taken(tmp_path: Path, index: str) -> None:
    said, installed = make(tmp_path, index, gpu=False)
    assert "There is no NVIDIA GPU here" in said
    assert "the usual PyTorch follows" not in said
    assert all(f"{name} {version}" in installed for name, version in TORCH.items()), installed


@pytest.mark.slow
def test_where_it_cannot_be_had_the_usual_one_follows(tmp_path: Path) -> None:
    said, installed = make(tmp_path, NOBODY, gpu=False)
    assert "It cannot be had from there: the usual PyTorch follows" in said
    assert "torch " not in installed


@pytest.mark.slow
@pytest.mark.parametrize("why", ["a GPU", "nobody asked"])
def test_with_a_gpu_or_where_nobody_asked_nothing_else_is_taken(tmp_path: Path, index: str, why: str) -> None:
    said, installed = make(tmp_path, index if why == "a GPU" else "", gpu=why == "a GPU")
    assert "NVIDIA" not in said
    assert "torch " not in installed
