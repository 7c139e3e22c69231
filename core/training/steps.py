"""The inside of an epoch: the network and its optimiser, one step after another, and one look at every image."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import BadInput, TrainingFailed, command
from ..progress import Advance
from ..types import Bools, Floats, Ints
from .batches import Batches, EpochPlan, augment, plan_epoch
from .checkpoints import Reordered, TrainedNetwork, on_device
from .config import TrainConfig, learning_rate
from .networks.models import build_model
from .objective import Objective, make_objective
from .pixels import Pixels, channel_statistics
from .predict import autocast, predict
from .readouts.logits import dynamics_from_logits
from .states import TrainingState
from .team import ALONE, Team

EVALUATED_AT_ONCE = 20_000  # images whose logits are in memory together: 80 MB at a thousand classes
CHECK_EVERY = 25  # steps between looks at the loss: on a GPU each look waits for the queue to drain


class Training:
    """A network in training. All that changes from epoch to epoch is what `state` returns."""

    def __init__(
        self, pixels: Pixels, labels: Ints, rows: Ints, n_classes: int, config: TrainConfig, device: torch.device,
        s: Floats | None, *, class_order: tuple[int, ...] = (), team: Team = ALONE, start: TrainedNetwork | None = None,
    ) -> None:  # fmt: skip
        self.class_order, self.team = class_order, team
        self.config, self.rows, self.labels, self.n_classes, self.device = config, rows, labels, n_classes, device
        self.batches = Batches(pixels, start.normalisation if start else channel_statistics(pixels, rows), device)
        self.objective = make_objective(config.loss, config.loss_parameters)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            built = build_model(config.model, n_classes, config.image_size)
        if start is not None:
            built.load_state_dict(start.model.state_dict())
        self.model: nn.Module = on_device(team.normalised_together(built, device), device)
        self._parallel = team.parallel(self.model, device)
        self.optimiser = torch.optim.SGD(
            self.model.parameters(),
            lr=config.learning_rate,
            momentum=config.momentum,
            weight_decay=config.weight_decay,
        )
        self._labels = torch.from_numpy(np.asarray(labels, dtype=np.int64)).to(device)
        self._difficulty = _difficulty_weights(s, rows, self.objective, device)
        self._times_correct = torch.zeros(len(labels), dtype=torch.float32, device=device)

    def restore(self, state: TrainingState | None) -> int:
        """Take over a saved state, if there is one. Returns the epoch to go on with."""
        if state is None:
            return 1
        self.model.load_state_dict(state.model)
        self.optimiser.load_state_dict(dict(state.optimiser))
        self._times_correct.copy_(state.times_correct)
        return state.epoch + 1

    def state(self, epoch: int, identity: str) -> TrainingState:
        """What the next epoch starts from."""
        return TrainingState(epoch, identity, self.model.state_dict(), self.optimiser.state_dict(), self._times_correct)

    def network(self, epoch: int) -> TrainedNetwork:
        """The network as it is now, after an epoch, with an output for each of the audit's classes."""
        model = Reordered(self.model, self.class_order).to(self.device) if self.class_order else self.model
        return TrainedNetwork(
            model=model.eval(),
            architecture=self.config.model,
            n_classes=self.n_classes,
            image_size=self.config.image_size,
            normalisation=self.batches.normalisation,
            epoch=epoch,
            class_order=self.class_order,
        )

    def one_epoch(self, epoch: int, advance: Advance | None) -> tuple[float, float]:
        """One pass over the training rows. Returns mean loss and accuracy, both in training mode.

        Raises TrainingFailed if a loss is not finite.
        """
        config = self.config
        plan = plan_epoch(self.rows, config.seed, epoch, pad=config.pad, flip=config.flip)
        per_image = self._per_image_values()
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(config, epoch)
        steps = plan.steps(config.batch_size, self.team.size)
        parts = [self.team.part(step) for step in steps]
        losses = torch.zeros(len(steps), dtype=torch.float64, device=self.device)
        correct = torch.zeros_like(self._times_correct)
        self.model.train()
        with torch.random.fork_rng(devices=[self.device] if self.device.type == "cuda" else []):
            torch.manual_seed(int(np.random.SeedSequence([config.seed, epoch]).generate_state(1)[0]))  # for dropout
            ahead = self.batches.raw_ahead([plan.order[part] for part in parts])
            for index, (step, part, raw) in enumerate(zip(steps, parts, ahead, strict=True)):
                share = self.team.share(step)
                losses[index] = share * self._step(plan, part, raw, share * self.team.size, per_image, correct)
                if (index + 1) % CHECK_EVERY == 0 or index + 1 == len(steps):
                    _refuse_nan(self.team.summed(losses[: index + 1]), epoch)
                if advance is not None:
                    advance((epoch - 1) * len(steps) + index + 1, config.epochs * len(steps))
        losses, correct = self.team.summed(losses), self.team.summed(correct)
        self._times_correct += correct
        sizes = torch.tensor([step.stop - step.start for step in steps], device=self.device)
        n = len(self.rows)
        return float((losses * sizes).sum()) / n, float(correct.sum()) / n

    def _step(
        self, plan: EpochPlan, part: slice, raw: Tensor, scale: float, per_image: Tensor | None, correct: Tensor
    ) -> Tensor:
        """One step of gradient descent. Returns its loss and notes in `correct` which images it got right.

        scale: of the gradients, so that their average over the processes is that over the images.
        """
        rows = plan.order[part]
        images = self.batches.normalised(augment(raw, plan, part, self.config.pad))
        batch = torch.from_numpy(rows).to(self.device)
        labels = self._labels[batch]
        with autocast(self.device):
            logits = self._parallel(images)
        loss = self.objective(logits, labels, None if per_image is None else per_image[batch])
        self.optimiser.zero_grad(set_to_none=True)
        (loss * scale).backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        correct[batch] = (logits.detach().argmax(dim=1) == labels).float()
        return loss.detach()

    def _per_image_values(self) -> Tensor | None:
        """(n,) values the loss wants: difficulty weights, or correctness counts up to the last epoch, in 0..1."""
        if self.objective.per_image != "correctness":
            return self._difficulty
        counts = self._times_correct[torch.from_numpy(self.rows).to(self.device)]
        low, high = counts.min(), counts.max()
        return (self._times_correct - low) / (high - low).clamp_min(1)  # before any epoch all are 0: nothing to rank

    def evaluate(self, epoch: int, looked_at: Ints | None = None) -> dict[str, Floats | Bools]:
        """Dynamics of these images after an epoch, of every one by default.

        Raises TrainingFailed if its last step broke the weights.
        """
        parts = []
        every = np.arange(len(self.labels)) if looked_at is None else looked_at
        for start in range(0, len(every), EVALUATED_AT_ONCE):
            rows = self.team.rows(every[start : start + EVALUATED_AT_ONCE])
            logits = predict(self.model, self.batches, rows)
            if not np.isfinite(logits).all():
                raise _failed(epoch, "in its last step")
            parts.append(self.team.joined(dynamics_from_logits(logits, self.labels[rows])))
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _difficulty_weights(
    s: Floats | None, rows: Ints, objective: Objective, device: torch.device
) -> Tensor | None:  # fmt: skip
    if objective.per_image != "difficulty":
        return None
    if s is None or not np.isfinite(s[rows]).all():
        raise BadInput(
            f"Loss {objective.name!r} needs a difficulty weight for every training image.",
            "Score them first",
            command(None, "score", "rmd"),
        )
    return torch.from_numpy(np.asarray(s, dtype=np.float32)).to(device)


def _refuse_nan(losses: Tensor, epoch: int) -> None:
    bad = (~torch.isfinite(losses)).nonzero()
    if len(bad):
        raise _failed(epoch, f"at step {int(bad[0]) + 1}")


def _failed(epoch: int, where: str) -> TrainingFailed:
    kept = f"the state after epoch {epoch - 1} is kept" if epoch > 1 else "there is no earlier state"
    return TrainingFailed(
        f"The loss stopped being a number in epoch {epoch}, {where}; {kept}.", "Train with a smaller --learning-rate."
    )
