"""What is installed: Python, Hardlook, what it needs, and its extras. Read from metadata; nothing of it is imported."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata, requires, version

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from ...processes.gpus import builds_of_faiss
from .check import Check

PACKAGE, ON_CPU = "hardlook", "faiss-cpu"
SHOWN = ("torch", "torchvision", "duckdb", "streamlit", "pyarrow", "numpy", "scikit-learn", "pillow")
FOR_DEVELOPERS, FOR_GPUS = "dev", "gpu"  # the second is a choice between builds of faiss, which `libraries` sees


def python() -> Check:
    """The interpreter."""
    wanted = metadata(PACKAGE)["Requires-Python"] if _installed(PACKAGE) else ""
    here = platform.python_version()
    if not SpecifierSet(wanted).contains(here, prereleases=True):
        return Check("Python", "fail", f"{here}, and Hardlook needs {wanted}", "Install a newer Python.")
    return Check("Python", "ok", f"{here} on {sys.platform}, {platform.machine()}")


def hardlook() -> Check:
    """Hardlook itself."""
    if found := _installed(PACKAGE):
        return Check("Hardlook", "ok", found)
    return Check("Hardlook", "warn", "a checkout that is not installed", "Run: pip install -e .")


def libraries() -> Check:
    """What Hardlook needs, in the versions that it was tested with."""
    wrong = [text for needed in _needed(PACKAGE) if (text := _unfit(needed))]
    if wrong:
        return Check("Libraries", "fail", "; ".join(wrong), f"Run: pip install --upgrade {PACKAGE}")
    builds = builds_of_faiss()
    if len(builds) > 1:
        chosen = next((name for name in builds if name != ON_CPU), ON_CPU)
        return Check(
            "Libraries", "warn", f"{' and '.join(builds)} lie in one folder, each over parts of the other",
            f"Run: pip uninstall --yes {' '.join(builds)} && pip install {chosen}=={builds[chosen]}",
        )  # fmt: skip
    said = ", ".join(
        [*(f"{name} {found}" for name in SHOWN if (found := _installed(name))), *map(" ".join, builds.items())]
    )
    return Check("Libraries", "ok", said)


def extras() -> Check:
    """Which optional parts are installed."""
    names = metadata(PACKAGE).get_all("Provides-Extra", []) if _installed(PACKAGE) else []
    have: list[str] = []
    lack: list[str] = []
    for name in sorted(set(names) - {FOR_DEVELOPERS, FOR_GPUS}):
        (lack if any(_unfit(needed) for needed in _needed(PACKAGE, name)) else have).append(name)
    said = f"installed: {', '.join(have) or 'none'}; not: {', '.join(lack) or 'none'}"
    return Check("Extras", "ok", said, f"Run: pip install '{PACKAGE}[{lack[0]}]'" if lack else "")


def _needed(package: str, extra: str = "") -> Iterator[Requirement]:
    """What a package needs by itself, or what an extra of it adds. Nothing where it is not installed."""
    for line in (requires(package) or []) if _installed(package) else []:
        needed = Requirement(line)
        alone = needed.marker is None or needed.marker.evaluate({"extra": ""})
        if alone if not extra else not alone and needed.marker and needed.marker.evaluate({"extra": extra}):
            yield needed


def _unfit(needed: Requirement) -> str:
    """What is wrong with a requirement here, "" for nothing. Any build of faiss is faiss."""
    found = _installed(needed.name) or (next(iter(builds_of_faiss().values()), "") if needed.name == ON_CPU else "")
    if not found:
        return f"{needed.name} is not installed"
    if not needed.specifier.contains(found, prereleases=True):
        return f"{needed.name} is {found}, and {needed.specifier} is needed"
    return next((text for extra in needed.extras for more in _needed(needed.name, extra) if (text := _unfit(more))), "")


def _installed(name: str) -> str:
    """A package's version, "" where it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
