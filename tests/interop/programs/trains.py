"""Train four epochs with a trainer and take its checkpoints in as an import does: `trains.py TRAINER NET`.

Says the epochs that were kept, and how far the last one's logits are from those of the model in memory.
"""

from __future__ import annotations

import argparse
import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import nn

from core.training.networks.imported import checked_networks, kept_networks
from core.training.networks.state_dicts import find_checkpoints
from core.training.pixels import Normalisation
from core.training.recorder import CheckpointRecorder, lightning_recorder, trainer_recorder
from tests.interop.programs import nets

EPOCHS = 4
images, labels = nets.images()


def with_transformers(net: str) -> nn.Module:
    from transformers import Trainer, TrainingArguments

    model = nets.of_transformers(net)
    rows = [{"pixel_values": image, "labels": int(label)} for image, label in zip(images, labels, strict=True)]
    arguments = TrainingArguments(
        "out", num_train_epochs=EPOCHS, per_device_train_batch_size=4, report_to=[], save_strategy="no", use_cpu=True,
        disable_tqdm=True,
    )  # fmt: skip
    Trainer(model=model, args=arguments, train_dataset=rows, callbacks=[trainer_recorder("kept")]).train()
    return nets.Logits(model)


def with_lightning(net: str) -> nn.Module:
    import lightning

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.model = getattr(nets, net)()

        def training_step(self, batch: Any, _: int) -> Any:
            return nn.functional.cross_entropy(self.model(batch[0]), batch[1])

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), lr=0.1)

    module = Module()
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(images, labels), batch_size=4)
    trainer = lightning.Trainer(
        max_epochs=EPOCHS, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        callbacks=[lightning_recorder("kept")],
    )  # fmt: skip
    trainer.fit(module, loader)
    model: nn.Module = module.model
    return model


def with_a_loop(net: str) -> nn.Module:
    model: nn.Module = getattr(nets, net)()
    optimiser, recorder = torch.optim.SGD(model.parameters(), lr=0.1), CheckpointRecorder("kept", epochs=EPOCHS)
    for epoch in range(1, EPOCHS + 1):
        step(model, optimiser)
        recorder.after_epoch(epoch, model)
    return model


def with_timm(net: str) -> nn.Module:
    from timm.utils import CheckpointSaver

    model: nn.Module = getattr(nets, net)()
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    Path("kept").mkdir()
    arguments = argparse.Namespace(model=net)
    saver = CheckpointSaver(model, optimiser, arguments, checkpoint_dir="kept", max_history=EPOCHS)
    for epoch in range(1, EPOCHS + 1):
        step(model, optimiser)
        saver.save_checkpoint(epoch, metric=epoch)
    return model


def step(model: nn.Module, optimiser: torch.optim.Optimizer) -> None:
    optimiser.zero_grad()
    nn.functional.cross_entropy(model(images), labels).backward()
    optimiser.step()


trainer, net = sys.argv[1:]
trained = {"transformers": with_transformers, "lightning": with_lightning, "loop": with_a_loop, "timm": with_timm}
model = trained[trainer](net).eval()
paths = find_checkpoints("kept/checkpoint-*" if trainer == "timm" else "kept/*.pt")
loaded = checked_networks(f"tests.interop.programs.nets:{net}", paths, 3, 16, Normalisation((0, 0, 0), (1, 1, 1)))
taken = kept_networks(loaded, Path("audit"))
networks = [network.model for network in taken]
with torch.no_grad():
    apart = float((networks[-1](images) - model(images)).abs().max())
package = {"loop": "torch"}.get(trainer, trainer)
print(json.dumps({"version": version(package), "kept": len(networks), "apart": apart}))
