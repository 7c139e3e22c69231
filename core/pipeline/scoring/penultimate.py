"""The features of a network trained here, before its last layer, for scores that read them."""

from __future__ import annotations

from ...device import pick_device, set_threads
from ...errors import MissingRun, command
from ...progress import Reporter
from ...store.audit import Audit
from ...training.batches import Batches
from ...training.checkpoints import load_checkpoint, saved_epochs
from ...training.penultimate import penultimate_features
from ...types import Floats, Run
from ..training.train import training_pixels


def features_before_the_last_layer(audit: Audit, run: Run, device: str, reporter: Reporter) -> Floats:
    """(n, d) float32 of every image by the last checkpoint of a run. Raises MissingRun where none was kept."""
    set_threads()
    folder, on = audit.checkpoints(run.run_id), pick_device(device)
    epochs = saved_epochs(folder)
    if not epochs:
        raise MissingRun(
            f"The checkpoints of {run.run_id} are gone from {folder}.",
            "Run",
            command(audit.name, "train", "--seed", "1"),
        )
    network = load_checkpoint(folder, epochs[-1], on)
    pixels = training_pixels(audit, network.image_size, reporter, run.parameters.get("transform", "stretch"))
    with reporter.bar("features") as advance:
        return penultimate_features(network.model, Batches(pixels, network.normalisation, on), advance=advance)
