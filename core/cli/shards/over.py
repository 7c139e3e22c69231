"""What `audit`, `embed` and `score` do over a folder of shards."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from ...errors import BadInput, command
from ...progress import Reporter
from ...remote.place import place_of
from ..choices import Engine
from ..options import given_beside
from .options import OVER_SHARDS

if TYPE_CHECKING:
    from ...encoders.protocol import Feature
    from ...engines.choice import EngineChoice
    from ...pipeline.shards.chain import Ground
    from ...pipeline.shards.drive import Drive
    from ...pipeline.shards.stage import StageSpec


USUAL = ("rmd", "centroid")
"""Scores whose hardest images are looked at first, where there are several."""


@dataclass(frozen=True)
class Over:
    """One such command. Raises, at its end, the error that names the shards that could not be computed."""

    path: str
    reporter: Reporter
    workers: int | None
    retry: bool
    engine: Engine | None = None
    ray_address: str | None = None
    gpus_per_worker: float | None = None

    def refuse_beside(self, context: typer.Context, allowed: Collection[str]) -> None:
        """Raise BadInput on an option that says nothing of shards."""
        if given := given_beside(context, {*allowed, *OVER_SHARDS, "folder", "quiet"}):
            raise BadInput(
                f"{given} was given, and {self.path} is a folder of shards, for which it says nothing.",
                "Leave it out, or make an audit of some of its images, which takes it",
                command(None, "lens", self.path, "--by", "rmd_oof"),
            )

    def embed(
        self, encoder: str | None, image_size: int | None, layers: str | None, feature: Feature, l2norm: bool,
        device: str, download: bool,
    ) -> None:  # fmt: skip
        """Open and embed every image."""
        from ...encoders.protocol import Options

        named = encoder or ("auto" if image_size or layers or l2norm or feature != "projected" else None)
        with self._drive() as drive:
            drive.embed(named, Options(device, image_size, feature, l2norm, layers, download))
        self._end(drive)

    def score(self, scorers: Sequence[str], embedding: str | None, model: str | None) -> None:
        """Score every image that is embedded, or that a model's checkpoints are at hand for."""
        from ...pipeline.shards.drive import refuse_unknown

        wanted = refuse_unknown(scorers)
        with self._drive() as drive:
            made = drive.score(wanted, embedding, model)
        self._end(drive, [spec.kind for spec, _ in made])

    def import_model(
        self, *, name: str | None, trained_on: str | None, begin: bool, classes: Sequence[str], device: str,
        factory: str, **model: Any,
    ) -> None:  # fmt: skip
        """Have a model's last checkpoint predict every image; scores of its checkpoints go on from there."""
        from ...files.names import checked_name
        from ...pipeline.shards.folder import open_shards
        from ...pipeline.shards.models import splits_trained_on
        from ...pipeline.shards.predict import of_checkpoints
        from ...training.networks.own_model import own_model

        called = checked_name(name or factory.rpartition(":")[2], "a model")
        folder = open_shards(place_of(self.path))
        device = self._choice.device(device)
        here = "cpu" if self.gpus_per_worker else device  # the workers have the GPUs: this machine may have none
        own = own_model(folder.classes, factory=factory, classes=classes, device=here, **model)
        on = device if self.gpus_per_worker else own.device
        trained = splits_trained_on(folder, trained_on, self.reporter)
        self._predict(lambda ground: of_checkpoints(ground, own, called, trained, on), begin)

    def import_predictions(
        self, *, name: str | None, trained_on: str | None, begin: bool, key: str, kind: str
    ) -> None:  # fmt: skip
        """Take columns of the images for a model's predictions."""
        from ...files.names import checked_name
        from ...pipeline.shards.folder import open_shards
        from ...pipeline.shards.models import splits_trained_on
        from ...pipeline.shards.predict import of_columns

        folder = open_shards(place_of(self.path))
        called = checked_name(name or folder.path.name, "a model")
        trained = splits_trained_on(folder, trained_on, self.reporter)
        self._predict(lambda ground: of_columns(ground, key, kind, called, trained), begin)

    def _predict(self, described: Callable[[Ground], StageSpec], begin: bool) -> None:
        with self._drive() as drive:
            drive.only = "predict" if begin else ""
            drive.predict(described, begin_only=begin)
        if drive.missing:
            raise drive.said()

    def evaluate(self, model: str | None, *, quiet: bool) -> None:
        """Print what a model is worth on the images it was not trained on, and keep it beside the sums."""
        from ...images.filenames import to_text
        from ...pipeline.shards.evaluation.rows import rows_of
        from ..text.evaluation import show_one

        with self._drive() as drive:
            ((spec, numbers),) = drive.score(["evaluate"], model=model)
        called, rows, files = rows_of(drive.folder, spec, numbers)
        if not quiet:
            show_one(called, rows)
        for file in files:
            self.reporter.say(f"kept in {to_text(str(file))}")
        if drive.missing:
            raise drive.said()

    def everything(
        self, encoder: str | None, image_size: int | None, layers: str | None, device: str, download: bool
    ) -> None:
        """All stages."""
        from ...encoders.protocol import Options
        from ...pipeline.shards.drive import refuse_unknown

        named = encoder or ("auto" if image_size or layers else None)
        with self._drive() as drive:
            embed, _ = drive.embed(named, Options(device, image_size, "projected", False, layers, download))
            made = [spec.kind for spec, _ in drive.score(refuse_unknown(()), embed.name)]
        self._end(drive, [name for name in USUAL if name in made] or made)

    def _drive(self) -> Drive:
        from ...pipeline.shards.drive import Drive
        from ...pipeline.shards.folder import open_shards

        return Drive(
            open_shards(place_of(self.path)), self.reporter, self.workers, self.retry, self._choice.engine,
            ray_address=self.ray_address, gpus_per_worker=self.gpus_per_worker,
        )  # fmt: skip

    @property
    def _choice(self) -> EngineChoice:
        from ...engines.choice import EngineChoice

        engine = (self.engine or Engine.local).value
        return EngineChoice(engine, self.workers, self.ray_address, self.gpus_per_worker)

    def _end(self, drive: Drive, scored: Sequence[str] = ()) -> None:
        """Raise what is missing, or say what to look at next. scored: of which scores, none where it was embedded."""
        from ...pipeline.shards.stages import SCORES

        if drive.missing:
            raise drive.said()
        if not scored:
            self.reporter.say(f"{self.path}: done. Give every image its scores:")
            self.reporter.say(f"  {command(None, 'score', self.path)}")
            return
        by = ",".join(SCORES[name].shown_by or name for name in scored)
        self.reporter.say(f"{self.path}: done. Look at its hardest images in an audit of them:")
        self.reporter.say(f"  {command(None, 'lens', self.path, '--images', '20000', '--by', by)}")
