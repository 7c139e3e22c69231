"""The extra `gpu` can be installed beside PyTorch: by metadata that is recorded here, and asked for where it may be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from importlib.metadata import requires, version
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

HERE = Path(__file__).parent
PROJECT = tomllib.loads((HERE.parents[1] / "pyproject.toml").read_text())["project"]
RECORDED: dict[str, Any] = tomllib.loads((HERE / "gpu_builds.toml").read_text())
TORCH = RECORDED.pop("torch")
ASK = "HARDLOOK_ASK_INDEX"
PYTHONS = [one.rpartition(" ")[2] for one in PROJECT["classifiers"] if one.startswith("Programming Language :: Python")]


def pin(requirements: list[str], name: str) -> Requirement:
    """The one that names a distribution."""
    (found,) = [one for one in map(Requirement, requirements) if one.name == name]
    return found


def chosen() -> Requirement:
    """What the extra brings."""
    (needed,) = map(Requirement, PROJECT["optional-dependencies"]["gpu"])
    return needed


def clashes(build: str) -> set[str]:
    """What a build asks for in other versions than PyTorch pins and Hardlook needs."""
    needed = {one.name: one for one in map(Requirement, RECORDED[build]["requires"])}
    of_torch = {name for name, kept in TORCH["pins"].items() if name in needed and kept not in needed[name].specifier}
    numpy = needed["numpy"].specifier & pin(PROJECT["dependencies"], "numpy").specifier
    return of_torch | (set() if version("numpy") in numpy else {"numpy"})


def test_what_the_extra_pins_goes_with_pytorch_and_every_python_we_support() -> None:
    needed = chosen()
    assert RECORDED[needed.name]["version"] in needed.specifier
    assert clashes(needed.name) == set()
    assert len(PYTHONS) == 3
    assert all(python in SpecifierSet(RECORDED[needed.name]["python"]) for python in PYTHONS)


def test_the_others_are_older_or_ask_for_another_cuda_than_pytorch_pins() -> None:
    others = set(RECORDED) - {chosen().name}
    assert clashes("faiss-gpu-cuvs") == {"nvidia-cuda-runtime", "nvidia-cublas"}
    older = {
        name for name in others if Version(RECORDED[name]["version"]) < Version(RECORDED[chosen().name]["version"])
    }
    assert others == older | {"faiss-gpu-cuvs"}


def test_it_is_asked_for_only_where_it_is_made() -> None:
    marker = chosen().marker
    assert marker is not None
    assert marker.evaluate({"sys_platform": "linux", "platform_machine": "x86_64"})
    assert not marker.evaluate({"sys_platform": "darwin", "platform_machine": "arm64"})
    assert not marker.evaluate({"sys_platform": "linux", "platform_machine": "aarch64"})


def test_the_record_is_of_the_pytorch_that_is_needed_and_that_is_here() -> None:
    assert TORCH["version"] in pin(PROJECT["dependencies"], "torch").specifier
    cuda = [line for line in requires("torch") or [] if line.startswith("cuda-toolkit")]
    if not cuda:
        pytest.skip("the PyTorch here is one without CUDA, which brings none")
    assert Requirement(cuda[0]).specifier == Requirement(TORCH["brings"]).specifier, "record gpu_builds.toml again"


@pytest.mark.slow
@pytest.mark.skipif(
    not os.environ.get(ASK) and not os.environ.get("CI"),
    reason=f"asking the package index fetches {RECORDED['faiss-gpu']['megabytes']} MB: set {ASK}=1 to do it",
)
def test_the_record_is_what_the_package_index_says(tmp_path: Path) -> None:
    needed, report = chosen(), tmp_path / "report.json"
    found = RECORDED[needed.name]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--dry-run", "--no-deps", "--ignore-installed", "--quiet",
         "--only-binary=:all:", "--retries", "0", "--report", str(report), f"{needed.name}=={found['version']}"],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"the package index did not answer, or has no build for here: {done.stderr.strip()[-200:]}")
    (said,) = json.loads(report.read_text())["install"]
    asked = {str(Requirement(line)) for line in said["metadata"]["requires_dist"]}
    assert asked == {str(Requirement(line)) for line in found["requires"]}
    assert SpecifierSet(said["metadata"]["requires_python"]) == SpecifierSet(found["python"])
