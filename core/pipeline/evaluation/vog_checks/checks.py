"""The checks of VoG that are asked for, with what they will cost said before the first step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ....errors import MissingRun, command
from ....progress import Reporter
from ....store.audit import Audit
from ....store.writer import run_id
from ....types import Run
from ....wording import duration
from ...steps import Done
from .memorisation import IMAGES as MEMORISED_IMAGES
from .memorisation import Memorising, memorise, prepare_memorisation
from .same_training import trained_alike
from .stability import IMAGES as COMPARED_IMAGES
from .stability import Comparing, compare_seeds, prepare_stability
from .toy import toy_experiment

Which = Literal["all", "toy", "stability", "memorisation"]


def vog_checks(
    audit: Audit, reporter: Reporter, which: Which = "all", *, model_run: str | None = None, images: int | None = None,
    seed: int = 0, device: str = "auto",
) -> list[Done]:  # fmt: skip
    """The toy experiment, stability over seeds and checkpoints, memorisation, or all three; each is a run of its own.

    model_run: the model that memorisation trains one like, and whose other seeds are compared; the newest where none is
    named, and the most seeds there are. images: drawn at most for the last two; each one's own default for None.
    Raises MissingRun where stability is asked for and no two models differ by their seed alone; of all, it is left out.
    """
    model = _model(audit, model_run)
    comparing = memorising = None
    if which in ("all", "stability"):
        comparing = _comparing(audit, model if model_run else None, which, images, seed, device, reporter)
    if which in ("all", "memorisation"):
        memorising = prepare_memorisation(audit, model, images=images or MEMORISED_IMAGES, seed=seed, device=device)
    say_what_it_takes(audit, [one for one in (comparing, memorising) if one], reporter)
    done = [toy_experiment(audit, reporter)] if which in ("all", "toy") else []
    done += [compare_seeds(audit, comparing, reporter)] if comparing else []
    return [*done, *([memorise(audit, memorising, reporter)] if memorising else [])]


def say_what_it_takes(audit: Audit, asked: Sequence[Comparing | Memorising], reporter: Reporter) -> None:
    """What is not there yet, and how long it takes; nothing where all of it is."""
    todo = [one for one in asked if not audit.run_path(run_id(one.spec)).exists()]
    if todo:
        about = f"About {duration(sum(one.seconds() for one in todo))} on this machine as busy as it is now"
        reporter.say(f"to do: {'; '.join(one.described for one in todo)}. {about}")


def _comparing(
    audit: Audit, model: Run | None, which: Which, images: int | None, seed: int, device: str, reporter: Reporter
) -> Comparing | None:
    alike = trained_alike(audit, model)
    if alike is not None:
        return prepare_stability(audit, alike, images=images or COMPARED_IMAGES, seed=seed, device=device)
    like = f" like {model.run_id}" if model else ""
    message = f"No two models{like} differ by their seed alone, so VoG cannot be compared over seeds."
    needs = command(audit.name, "train", "--seeds", "3")
    if which == "stability":
        raise MissingRun(message, "Run", needs)
    reporter.say(f"{message} It is left out, and needs: {needs}")
    return None


def _model(audit: Audit, model_run: str | None) -> Run | None:
    """The model that is named, else the newest, None where there is none. Raises MissingRun on one that is not."""
    if model_run is None and not audit.runs("train"):
        return None
    return audit.latest("train", model_run)
