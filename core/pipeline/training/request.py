"""What a training run is asked to be, before anything of the audit is known; a worker can be sent it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from ...errors import BadInput
from ...files.names import checked_name
from ...kinds.train import EVERY_EPOCH, Dynamics
from ...training.config import Schedule
from ...training.pruning import Which
from ...training.weights import Normalise
from .plan import CHECKPOINTS

Control = Literal["", "permuted", "equal"]
Labels = Literal["given", "reviewed", "random removals", "random changes"]
"""What a network is trained on; the last two are `hardlook prove`'s controls of the second (`random_labels.py`)."""

DIFFICULTY_AWARE = "difficulty_aware_entropy"
DEFAULT_SCORE, DEFAULT_PRUNING = "rmd", "rmd_oof"
SHORT_NAMES = {
    "cross_entropy": "CE", "label_smoothing": "label smoothing", "focal": "focal", "l1_logits": "L1",
    "entropy_regularisation": "ER", "poly1": "Poly-1", "crl": "CRL", DIFFICULTY_AWARE: "difficulty-aware",
}  # fmt: skip
CONTROL_NAMES = {"permuted": "permuted weights", "equal": "equal-strength ER"}


@dataclass(frozen=True)
class DifficultyRequest:
    """Which difficulty weighs the images, and how (Cui et al. 2023, Eq. 10).

    score: a stored column by name (the newest of that name) or by its address RUN:NAME. control: "permuted" gives
    each training image the weight of another one, "equal" gives all of them the mean weight.
    """

    score: str = DEFAULT_SCORE
    temperature: float = 0.7
    c: float = 1e-3
    normalise: Normalise = "minmax"
    control: Control = ""

    def __post_init__(self) -> None:
        """Raise BadInput on a control or a normalisation that is not there."""
        for name, choices in {"control": get_args(Control), "normalise": get_args(Normalise)}.items():
            if getattr(self, name) not in choices:
                known = ", ".join(choice or "none" for choice in choices)
                raise BadInput(f"{name} is {getattr(self, name)!r}.", f"Give one of: {known}.")


@dataclass(frozen=True)
class PruneRequest:
    """Which share of the training images is kept, in each class. score: as of `DifficultyRequest`; not read at random.

    The score is out of fold: an image's own label does not make it look easy.
    """

    which: Which
    per_cent: float
    score: str = DEFAULT_PRUNING

    def __post_init__(self) -> None:
        """Raise BadInput on what is no share, or no way of choosing."""
        if not 0 < self.per_cent < 100:
            raise BadInput(f"The share that is kept is {self.per_cent:g} %.", "Give more than 0 and less than 100.")
        if self.which not in get_args(Which):
            raise BadInput(f"which is {self.which!r}.", f"Give one of: {', '.join(get_args(Which))}.")

    @property
    def label(self) -> str:
        """As a table has it."""
        return f"{self.which} {self.per_cent:g} %"


@dataclass(frozen=True)
class TrainRequest:
    """What is None is chosen in proportion to data and machine; see `TrainConfig` for the rest.

    held_out_classes: names of classes that the network is not given, neither images nor an output. train_images: at
    most so many, in each class the same share. held_out_seed: that the held-out images are drawn by where the data has
    no split, None for the run's own. prune: which share of the training images is kept. grid, method: what the run is
    called in a comparison. checkpoints_every: keep the weights of every so many epochs instead of a number of
    checkpoints.
    """

    model: str | None = None
    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    image_size: int | None = None
    seed: int = 0
    device: str = "auto"
    schedule: Schedule = "cosine"
    flip: bool = True
    checkpoints: int = CHECKPOINTS
    dynamics: Dynamics = EVERY_EPOCH
    loss: str = "cross_entropy"
    loss_parameters: Mapping[str, float] = field(default_factory=dict)
    difficulty: DifficultyRequest | None = None
    labels: Labels = "given"
    held_out_classes: tuple[str, ...] = ()
    train_images: int | None = None
    grid: str = ""
    method: str = ""
    checkpoints_every: int | None = None
    held_out_seed: int | None = None
    prune: PruneRequest | None = None

    def __post_init__(self) -> None:
        """Settle what belongs together: weights and the loss that reads them. Raises BadInput where they differ."""
        for what in ("grid", "method"):
            if given := getattr(self, what):
                object.__setattr__(self, what, checked_name(given, f"a {what}"))
        if self.loss == DIFFICULTY_AWARE and self.difficulty is None:
            object.__setattr__(self, "difficulty", DifficultyRequest())
        if self.loss != DIFFICULTY_AWARE and self.difficulty is not None:
            raise BadInput(
                f"Loss {self.loss!r} takes no difficulty weights.", f"Give loss {DIFFICULTY_AWARE}, or no difficulty."
            )
        if self.checkpoints_every is not None and self.checkpoints != CHECKPOINTS:
            raise BadInput(
                f"checkpoints is {self.checkpoints} and checkpoints_every {self.checkpoints_every}: one says of how "
                "many epochs weights are kept, the other of which.",
                "Give one of them.",
            )
        if self.labels not in get_args(Labels):
            raise BadInput(f"labels is {self.labels!r}.", f"Give {' or '.join(get_args(Labels))}.")

    @property
    def split_seed(self) -> int:
        """The seed that held-out images are drawn by where the data has no split."""
        return self.seed if self.held_out_seed is None else self.held_out_seed

    @property
    def short_name(self) -> str:
        """What the method is called where it was given no name: "focal", "difficulty-aware"."""
        control = self.difficulty.control if self.difficulty else ""
        return self.method or CONTROL_NAMES.get(control) or SHORT_NAMES.get(self.loss, self.loss)
