"""Driving the stages: what is done is counted, what is missing is computed, what cannot be is named; in this order.

Every command over shards goes through here: all stages up to the ones that are asked for, by processes of this machine
or actors of a cluster, or a share of one stage, where a scheduler starts the command many times.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ...encoders.protocol import Options
from ...engines.choice import ENGINES, LOCAL, EngineChoice
from ...engines.driving import run_one, run_shards
from ...engines.jobs import Work
from ...errors import BadInput, Command, DiskFull, HardlookError, MissingRun, Unreachable, Unreadable, command
from ...maths.folds import training_rows
from ...progress import Reporter
from ...wording import counted, some_of
from . import described, stages
from .begun import BEGUN_BY, UnreadStage, begin, begun_in, stages_of
from .chain import Chain, Ground
from .checked import Ingest, ingest_spec
from .folder import ShardFolder, refuse_unlabelled
from .predict import Predict
from .reached import said_of_roots
from .stage import StageSpec, SummedStage, ledger_of, merged_file, read_part
from .stages import CHAINS, SCORES, STAGES
from .vectors import Embed, embed_spec
from .weights import refuse_other_weights

Made = tuple[StageSpec, list[int]]
"""The last stage of a chain that was computed, and its shards that are done."""
SHOWN = 3  # shards that an error names with their reason


@dataclass
class Drive:
    """One command over a folder of shards; a context manager, which ends its processes.

    workers, engine, ray_address, gpus_per_worker: see `EngineChoice`. retry: try the quarantined again. only: the kind
    of the one stage that is computed, and others are only read; "" for all. share: (i, n), the i-th of n shares of its
    shards, from 1. missing: (stage, shard) -> what is said of a shard that is not done.
    """

    folder: ShardFolder
    reporter: Reporter
    workers: int | None = None
    retry: bool = False
    engine: str = LOCAL
    only: str = ""
    share: tuple[int, int] = (1, 1)
    missing: dict[tuple[str, int], str] = field(default_factory=dict)
    ray_address: str | None = None
    gpus_per_worker: float | None = None

    def __post_init__(self) -> None:
        self.choice = EngineChoice(self.engine, self.workers, self.ray_address, self.gpus_per_worker)
        self.processes = ENGINES[self.engine](self.choice, self.folder.count, self.reporter)
        self._followed: dict[str, list[int]] = {}  # stage -> its shards that are done, for chains that share it
        self._said_roots = False
        self._forgiven: set[str] = set()  # stages: one is looked at by every one that reads it, and retried once

    def __enter__(self) -> Drive:
        return self

    def __exit__(self, *_: object) -> None:
        self.processes.__exit__()

    def ingest(self) -> tuple[StageSpec, list[int]]:
        """Open every image; the stage and the shards that are done."""
        if not self._said_roots:
            self.reporter.say(said_of_roots(self.folder))
            self._said_roots = True
        spec = ingest_spec(self.folder)
        return spec, self._settle(spec, list(range(self.folder.count)))

    def embed(self, encoder: str | None, options: Options) -> tuple[StageSpec, list[int]]:
        """Embed every image, by the encoder that is named; where none is, as the newest embedding here began to."""
        options = replace(options, device=self.choice.device(options.device))
        ingest, done = self.ingest()
        begun = stages_of(self.folder, Embed.kind)
        if begun and encoder is None:
            spec = begun[-1]
        else:
            if not done:
                raise self.said()
            merged = merged_file(self.folder, ingest, self._merge(ingest, done))
            spec = self._described(ingest.name, merged, encoder or "auto", options)
            if encoder is None:
                self._refuse_guess(spec)
            refuse_other_weights(self.folder, spec, begun)
        return spec, self._settle(spec, done)

    def predict(
        self, described: Callable[[Ground], StageSpec] | None, name: str | None = None, *, begin_only: bool = False
    ) -> StageSpec:
        """Have a model's predictions of every image; of the one of that name, or the newest, where none is described.

        begin_only: keep what it is, and compute nothing.
        """
        refuse_unlabelled(self.folder)  # no label, no class that an output could be of
        ingest, opened = self.ingest()
        begun = stages_of(self.folder, Predict.kind)
        spec = described(Ground(self.folder, ingest, None, self._fit(ingest))) if described else self._model(name)
        refuse_other_weights(self.folder, spec, begun)
        if begin_only:
            begin(self.folder, spec)
            self.reporter.say(f"{spec.name}: begun, and nothing computed")
        else:
            self._settle(spec, opened)
        return spec

    def score(self, names: Sequence[str], embedding: str | None = None, model: str | None = None) -> list[Made]:
        """Compute these chains, of the embedding and the model of those names; of the newest without.

        One that these images are too few for, or alike for, is said and holds up no other; raised where none is left.
        """
        chains = [CHAINS[name] for name in names]
        if any(chain.of_labels for chain in chains):
            refuse_unlabelled(self.folder)
        embed = self._embedding(embedding) if any(chain.of_vectors for chain in chains) else None
        of = self._model(model) if any(chain.of_model for chain in chains) else None
        ingest, opened = self.ingest()
        embedded = self._settle(embed, opened) if embed else []
        ground = Ground(self.folder, ingest, embed, self._fit(ingest), of)
        made: list[Made] = []
        refused: list[HardlookError] = []
        for chain in chains:
            try:
                made.append(self.follow(chain, ground, embedded if chain.of_vectors else opened))
            except (DiskFull, Unreachable, MissingRun):  # of the machine, or of what comes first: another ends so too
                raise
            except HardlookError as error:
                refused.append(error)
                if len(chains) > 1:
                    self.reporter.warn(f"{chain.name} is not computed: {error.message}")
        if refused and not made:
            raise refused[0]
        return made

    def follow(self, chain: Chain, ground: Ground, numbers: list[int]) -> Made:
        """Have the stages of a chain done, each of the shards that are done of the one before."""
        if not numbers:
            raise self.said()
        steps = chain.steps(ground)
        spec = next(steps)
        while True:
            numbers = self._settled_once(spec, numbers)
            if self.only == spec.kind:
                return spec, numbers
            summed = issubclass(STAGES[spec.kind], SummedStage)
            try:
                spec = steps.send(self._merged_name(spec, numbers) if summed else "")
            except StopIteration:
                of = read_part(merged_file(self.folder, spec, numbers)) if summed else {}
                for line in chain.told(self.folder, spec, of):
                    self.reporter.say(line)
                return spec, numbers

    def said(self) -> HardlookError:
        """The error that names what is missing."""
        more = f" And {len(self.missing) - SHOWN:,} more." if len(self.missing) > SHOWN else ""
        named = " ".join(f"{one.rstrip('.')}." for one in list(self.missing.values())[:SHOWN])
        return HardlookError(
            f"{counted(len(self.missing), 'shard')} of {self.folder.name} could not be computed. {named}{more}",
            "They are quarantined, and all others are done. Once the cause is mended, the same command with --retry "
            "tries them again. All are listed by",
            command(None, "runs", self.folder.name),
        )

    def _fit(self, ingest: StageSpec) -> list[str]:
        """The splits whose labels are learned from, of all images that can be used."""
        done = self._settled(ingest)
        if not done:
            raise self.said()
        merged = read_part(merged_file(self.folder, ingest, self._merge(ingest, done)))
        splits = np.asarray(merged["splits"])
        return sorted(splits[training_rows(splits)].tolist())

    def _described(self, ingest: str, merged: Path, encoder: str, options: Options) -> StageSpec:
        """The stage that embeds; described by a worker where those have a GPU, which this process has not."""
        if not self.gpus_per_worker:
            return embed_spec(ingest, read_part(merged), encoder, options, self.reporter)
        work = Work(described.__name__, described.describe.__name__, (ingest, merged, encoder, options))
        return described.spec_of(run_one(self.processes, work, None), self.reporter)

    def _refuse_guess(self, spec: StageSpec) -> None:
        """Raise BadInput where an embedding was begun and nothing says with which encoder any more: the usual one would
        begin another, for days."""
        unread = self._unread(spec.kind)
        if unread and spec.name not in [one.name for one in unread]:
            raise BadInput(
                f"{unread[-1].name} was begun with an encoder that is not known any more. {unread[-1].error.message}",
                "Name the encoder, with the options it began with: the file is written anew, and all that it has made "
                "stays",
                command(None, "embed", self.folder.name, "--encoder", "ENCODER"),
            )

    def _unread(self, kind: str) -> list[UnreadStage]:
        """The stages of a kind that are passed over because they are damaged."""
        return [one for one in begun_in(self.folder, kind).passed_over if isinstance(one.error, Unreadable)]

    def _embedding(self, name: str | None) -> StageSpec:
        return self._begun(Embed.kind, "embedding", "encoder", name, "Run", command(None, "embed", self.folder.name))

    def _model(self, name: str | None) -> StageSpec:
        return self._begun(
            Predict.kind, "model", "name", name, "Import one, by its weights or by columns of the images",
            command(None, "import-model", self.folder.name, "--help"),
            command(None, "import-predictions", self.folder.name),
        )  # fmt: skip

    def _begun(
        self, kind: str, what: str, called_by: str, name: str | None, advice: str, *commands: Command
    ) -> StageSpec:
        """The newest stage of a kind, of that name or with that value of the parameter it is called by.

        Raises MissingRun with those there are.
        """
        begun = stages_of(self.folder, kind)
        found = [spec for spec in begun if name in (None, spec.name, spec.parameters[called_by])]
        if not found:
            there = f"; there is: {some_of([spec.name for spec in begun])}" if begun else ""
            called = f" {name!r}" if name else ""
            for one in self._unread(kind):
                there += f"; {one.name} is passed over, for {one.error.message.rstrip('.')}"
                advice = BEGUN_BY.rstrip(".")
            raise MissingRun(f"{self.folder.name} has no {what}{called}{there}.", advice, *commands)
        return found[-1]

    def _settle(self, spec: StageSpec, numbers: list[int]) -> list[int]:
        """Have these shards of a stage done, or read which are where it is not ours to compute; which are done."""
        if self.only not in ("", spec.kind):
            return self._read_only(spec, numbers)
        ledger = begin(self.folder, spec)
        place, parts = self.share
        ours = [number for number in numbers if number % parts == place - 1]
        if self.retry and spec.name not in self._forgiven and (forgiven := ledger.forgive(ours)):
            self.reporter.say(f"{spec.name}: {counted(len(forgiven), 'quarantined shard')} tried again")
        self._forgiven.add(spec.name)
        before = len(ledger.done().intersection(ours))
        if before < len(ours):
            work = Work(stages.__name__, stages.stage_at_work.__name__, (self.folder.path, spec, ()))
            with self.reporter.bar(spec.kind, "shards") as advance:
                run_shards(
                    ledger, ours, work, self.processes,
                    lambda now: advance(len(now.done.intersection(ours)), len(ours)),
                    lambda waiting: self.reporter.say(f"{spec.name}: {waiting}"),
                )  # fmt: skip
                advance(len(ledger.done().intersection(ours)), len(ours))
        standing = ledger.standing()
        done = sorted(standing.done.intersection(ours))
        self.reporter.say(
            f"{spec.name}: {len(done):,} of {counted(len(ours), 'shard')} done"
            + (f", {len(done) - before:,} of them now" if len(done) > before else ", nothing was to do")
        )
        for number in done:
            self.missing.pop((spec.name, number), None)
        for number in sorted(set(ours) - set(done)):
            why = standing.quarantined.get(number, "not done")
            self.missing[spec.name, number] = f"{spec.kind} {ledger.part(number).name}, {why}"
        return done

    def _settled_once(self, spec: StageSpec, numbers: list[int]) -> list[int]:
        """The same, once a command: chains that read the same stages yield them again."""
        if spec.name not in self._followed:
            self._followed[spec.name] = self._settle(spec, numbers)
        return self._followed[spec.name]

    def _settled(self, spec: StageSpec) -> list[int]:
        return sorted(ledger_of(self.folder, spec).done())

    def _read_only(self, spec: StageSpec, numbers: list[int]) -> list[int]:
        """The shards that are done of a stage that others compute. Raises MissingRun while some are on their way."""
        standing = ledger_of(self.folder, spec).standing(said=False)
        left = [number for number in numbers if number not in standing.done and number not in standing.quarantined]
        if left:
            first = ", ".join(ledger_of(self.folder, spec).part(number).name for number in left[:3])
            raise MissingRun(
                f"{self.only} reads {spec.name}, of which {counted(len(left), 'shard')} of {len(numbers):,} "
                f"{'is' if len(left) == 1 else 'are'} not there: {first}{' …' if len(left) > 3 else ''}.",
                "Run that stage first; how far each is, says",
                command(None, "runs", self.folder.name),
            )
        return sorted(standing.done.intersection(numbers))

    def _merge(self, spec: StageSpec, numbers: list[int]) -> list[int]:
        """Have what these shards add up to; the same numbers."""
        if not merged_file(self.folder, spec, numbers).exists():
            arguments = (self.folder.path, spec, tuple(numbers))
            run_one(self.processes, Work(stages.__name__, stages.stage_at_work.__name__, arguments), None)
        return numbers

    def _merged_name(self, spec: StageSpec, numbers: list[int]) -> str:
        if not numbers:
            raise self.said()
        return str(merged_file(self.folder, spec, self._merge(spec, numbers)).name)


def run_stage(
    drive: Drive, kind: str, encoder: str | None, options: Options, embedding: str | None = None,
    model: str | None = None,
) -> None:  # fmt: skip
    """Compute the share of one stage; what it reads has to be there. Raises MissingRun where it is not."""
    if kind not in STAGES:
        raise BadInput(f"There is no stage {kind!r}; there is: {', '.join(STAGES)}.", "Name one of these.")
    drive.only = kind
    if kind == Ingest.kind:
        drive.ingest()
    elif kind == Embed.kind:
        drive.embed(encoder, options)
    elif kind == Predict.kind:
        drive.predict(None, model)
    else:
        drive.score([name for name, chain in CHAINS.items() if STAGES[kind] in chain.stages], embedding, model)
    if drive.missing:
        raise drive.said()


def refuse_unknown(scorers: Sequence[str]) -> list[str]:
    """The scorers that are to be computed, all of vectors where none or "all" is named. Raises BadInput on another."""
    from ...scorers.registry import get_scorer

    if not scorers or "all" in scorers:
        return [name for name, chain in SCORES.items() if chain.of_vectors]
    for name in scorers:
        if get_scorer(name).name not in SCORES:
            raise BadInput(
                f"{name} is not computed over shards; there is: {', '.join(SCORES)}.",
                "Make a lens of the hardest images, an audit in which every scorer can be run",
                command(None, "lens", "FOLDER", "--by", "rmd_oof"),
            )  # fmt: skip
    return list(dict.fromkeys(scorers))
