"""The evaluations that need more than what is stored: of corrupted and out-of-distribution images, and difficulty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...progress import Reporter
from ...store.audit import Audit
from ...training.readouts.odin import EPS
from ...types import Run
from ..steps import Done
from . import corruption_ladder, difficulty_checks
from .choose_models import with_weights
from .ood import near_ood


@dataclass(frozen=True)
class Robustness:
    """Which of them are asked for. kinds: of corruption, () for all.

    ood: "held-out", "corruptions", "gaussian-noise", an audit's name or a path. odin_eps: ODIN's step. images: how many
    are drawn at most for each. Both None for each one's own default.
    """

    corruptions: bool = False
    ood: str | None = None
    difficulty: bool = False
    kinds: Sequence[str] = ()
    odin_eps: float | None = None
    images: int | None = None
    encoder_run: str | None = None
    seed: int = 0
    device: str = "auto"


def evaluate_robustness(audit: Audit, models: Sequence[Run], wanted: Robustness, reporter: Reporter) -> list[Done]:
    """Compute what is asked for; difficulty checks need no model. Raises what each of them raises."""
    done: list[Done] = []
    if wanted.corruptions:
        able = with_weights(audit, models, reporter)
        done += corruption_ladder.corruption_ladder(
            audit, able, reporter, images=wanted.images or corruption_ladder.IMAGES, kinds=wanted.kinds,
            seed=wanted.seed, device=wanted.device,
        )  # fmt: skip
    if wanted.ood is not None:
        done += near_ood.near_ood(
            audit, models, wanted.ood, reporter, images=wanted.images or near_ood.IMAGES, kinds=wanted.kinds,
            odin_eps=EPS if wanted.odin_eps is None else wanted.odin_eps, encoder_run=wanted.encoder_run,
            seed=wanted.seed, device=wanted.device,
        )  # fmt: skip
    if wanted.difficulty:
        checked = difficulty_checks.difficulty_checks(
            audit, reporter, images=wanted.images or difficulty_checks.IMAGES, kinds=wanted.kinds,
            encoder_run=wanted.encoder_run, seed=wanted.seed, device=wanted.device,
        )  # fmt: skip
        done.append(checked)
    return done
