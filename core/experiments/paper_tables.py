"""Which table of paper A (Cui et al., NeurIPS 2023) stands for what: the numbers are said here and nowhere else.

A number said from memory in each place was wrong in six of them.
"""

from __future__ import annotations

PRETRAINED = "pre-trained encoders"
CALIBRATION = "accuracy and calibration"
MISCLASSIFICATION = "misclassification"
NEAR_OOD = "near-OOD"
STRENGTH = "strength of the regularisation"
ENCODERS = "encoders"
MEASURES = "measures of difficulty"
ARCHITECTURES = "architectures"

TABLES: dict[str, tuple[int, ...]] = {
    PRETRAINED: (1,), CALIBRATION: (2, 7), MISCLASSIFICATION: (3,), NEAR_OOD: (4,), STRENGTH: (5,), ENCODERS: (6,),
    MEASURES: (8, 10), ARCHITECTURES: (9,),
}  # fmt: skip
"""Subject -> its tables."""


def numbers(*subjects: str) -> str:
    """The numbers of the tables of these subjects: "3", "2 and 7", "6 and 9"."""
    found = [str(number) for number in sorted({number for subject in subjects for number in TABLES[subject]})]
    return f"{', '.join(found[:-1])} and {found[-1]}" if len(found) > 1 else found[0]


def named(*subjects: str) -> str:
    """The same as a heading has it: "Table 3", "Tables 2 and 7"."""
    text = numbers(*subjects)
    return f"{'Tables' if ' and ' in text else 'Table'} {text}"
