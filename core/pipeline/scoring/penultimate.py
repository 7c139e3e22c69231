"""The features of a network trained here, before its last layer, for scores that read them."""

from __future__ import annotations

from ...device import pick_device, set_threads
from ...progress import Reporter
from ...store.audit import Audit
from ...training.batches import Batches
from ...training.checkpoints import load_checkpoint
from ...training.readouts.penultimate import penultimate_features
from ...types import Floats, Run
from ..checkpoints import kept_checkpoints
from ..training.train import training_pixels


def features_before_the_last_layer(audit: Audit, run: Run, device: str, reporter: Reporter) -> Floats:
    """(n, d) float32 of every image by the last checkpoint of a run. Raises MissingRun where none was kept."""
    set_threads()
    (folder, epochs), on = kept_checkpoints(audit, run.run_id), pick_device(device)
    network = load_checkpoint(folder, epochs[-1], on)
    pixels = training_pixels(audit, network.image_size, reporter, run.parameters.get("transform", "stretch"))
    with reporter.bar("features") as advance:
        return penultimate_features(network.model, Batches(pixels, network.normalisation, on), advance=advance)
