"""Every mention of a paper's table has the number of the table that is about it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.experiments import paper_tables
from core.experiments.paper_tables import TABLES, named, numbers
from core.scorers.registry import all_scorers

ROOT = Path(__file__).parents[2]
PAPER = {
    "pre-trained encoders": (1,), "accuracy and calibration": (2, 7), "misclassification": (3,), "near-OOD": (4,),
    "strength of the regularisation": (5,), "encoders": (6,), "measures of difficulty": (8, 10), "architectures": (9,),
}  # fmt: skip
"""Of Cui et al., NeurIPS 2023, as its pages have them."""

PAPER_B = (1, 3)
"""Of Agarwal et al., CVPR 2022: both set VoG beside detectors of out-of-distribution images."""
OF_PAPER_B = ("vog", "paper b")

SUBJECTS = {
    "pre-trained encoders": ("pre-trained encoders",),
    "accuracy and calibration": ("accuracy and calibration",), "misclassification": ("misclassification",),
    "near-ood": ("near-OOD",), "strength": ("strength of the regularisation",),
    "measures": ("measures of difficulty",), "models and encoders": ("encoders", "architectures"),
    "networks and encoders": ("encoders", "architectures"), "difficulties": ("measures of difficulty",),
    "the networks of table 2": ("accuracy and calibration",),
}  # fmt: skip
"""How a line that names a table begins to say what the table is of."""

COMPARATORS = ("md", "kmeans", "loss", "frequency", "rmd_supervised")
"""Scorers that the paper compares its measure with."""

OTHER_PAPERS = "Huang et al"
NUMBERS = re.compile(r"\b[Tt]ables? (\d+(?:(?:, | and )\d+)*)")
MENTIONS = [
    (path.relative_to(ROOT).as_posix(), line.strip(), match[1])
    for folder in ("core", "docs", "pages")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in {".py", ".md", ".toml", ".html", ".jinja"}
    for line in path.read_text(encoding="utf-8").splitlines()
    for match in NUMBERS.finditer(line)
    if OTHER_PAPERS not in line and path.name != "paper_tables.py" and not path.name.startswith("reproduction")
    if not line.strip().startswith("place=")  # a section's own, which its row of docs/papers.md has to have
]


def test_the_table_of_subjects_is_the_paper_s() -> None:
    assert TABLES == PAPER


@pytest.mark.parametrize(("path", "line", "said"), MENTIONS)
def test_a_mention_has_the_numbers_of_its_subject(path: str, line: str, said: str) -> None:
    if path.startswith("core/scorers"):
        assert said == numbers("measures of difficulty"), line
        return
    if any(text in line.lower() for text in OF_PAPER_B):
        assert {int(number) for number in re.findall(r"\d+", said)} <= set(PAPER_B), f"{path}: {line}"
        return
    subjects = [of for text, of in SUBJECTS.items() if text in line.lower()]
    if "Beside 0.3" in line or "beside 0.3" in line:
        subjects = [("strength of the regularisation",)]
    assert subjects, f"{path}: which table of the paper is {line!r} about?"
    expected = {str(number) for of in subjects for name in of for number in PAPER[name]}
    assert set(re.findall(r"\d+", said)) <= expected, f"{path}: {line}"


def test_the_rows_of_the_methods_page_have_the_numbers_of_their_subjects() -> None:
    text = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]+) \| ([\d, and]+) \|$", text.partition("| of paper A, as we read it |")[2], re.M)
    assert len(rows) == 6
    for title, said in rows:
        subjects = next(of for start, of in SUBJECTS.items() if start in title.lower())
        assert said == numbers(*subjects), title


def test_a_comparator_of_the_paper_names_the_tables_it_stands_in() -> None:
    scorers = {scorer.name: scorer for scorer in all_scorers()}
    for name in COMPARATORS:
        assert named(paper_tables.MEASURES) in scorers[name].source, name
