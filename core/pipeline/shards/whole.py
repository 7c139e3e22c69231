"""What a lens is made of: one embedding, the scores of it and of models, and the shards that have all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from ...errors import BadInput, MissingRun, command
from .begun import stages_of
from .checked import ingest_spec
from .folder import ShardFolder, refuse_unlabelled
from .stage import StageSpec, ledger_of, read_part
from .stages import SCORES
from .vectors import Embed


@dataclass(frozen=True)
class Whole:
    """What a lens is made of: scores of one embedding and of models, and the shards that have all of it.

    embed: None where nothing was embedded that has scores.
    """

    folder: ShardFolder
    ingest: StageSpec
    embed: StageSpec | None
    scores: tuple[StageSpec, ...]
    numbers: list[int]

    def scored(self, spec: StageSpec, number: int) -> pa.Table:
        """The scores of a shard."""
        return read_part(ledger_of(self.folder, spec).part(number))


def whole_of(folder: ShardFolder, by: Sequence[str]) -> Whole:
    """The newest embedding that has all scores of `by` that are of vectors, these scores and those of models, and the
    shards that nothing quarantined of what they are made of.

    Raises on what is missing. A score that is not named is taken where it is finished, and holds up no lens elsewhere.
    """
    embed, scores = _newest(folder, by)
    named = [spec for spec in scores if any(SCORES[spec.kind].makes(name) for name in by)]
    stages = [ingest_spec(folder), *([embed] if embed else []), *named]
    standing = {spec.name: ledger_of(folder, spec).standing(said=False) for spec in (*stages, *_below(folder, stages))}
    lost = {number for one in standing.values() for number in one.quarantined}
    numbers = [number for number in range(folder.count) if number not in lost]
    if not numbers:
        raise BadInput(
            f"Every shard of {folder.name} is quarantined at one stage of {', '.join(by)} or another.",
            "Which and why, says",
            command(None, "runs", folder.name),
        )
    for spec in stages:
        missing = [number for number in numbers if number not in standing[spec.name].done]
        if missing:
            first = ledger_of(folder, spec).part(missing[0])
            raise BadInput(
                f"{first} is not there" + (f", and {len(missing) - 1:,} more of its stage." if missing[1:] else "."),
                "What is missing is made by",
                command(None, *(("score", folder.name, spec.kind) if spec in named else ("audit", folder.name))),
            )
    finished = [spec for spec in scores if spec not in named and _has(folder, spec, numbers)]
    return Whole(folder, stages[0], embed, (*named, *finished), numbers)


def _newest(folder: ShardFolder, by: Sequence[str]) -> tuple[StageSpec | None, list[StageSpec]]:
    """An embedding, and of each kind the newest score that is of it or of a model.

    The newest embedding that has all of `by`, or that has any, where none has all. Of a score the newest that has every
    shard that the embedding has, where one does: what was begun without some of them is older than what was mended.
    """
    of: dict[str, dict[str, list[StageSpec]]] = {}
    of_models: dict[str, list[StageSpec]] = {}
    for kind, chain in SCORES.items():
        for spec in stages_of(folder, kind):
            (of.setdefault(spec.inputs["embed"], {}) if chain.of_vectors else of_models).setdefault(kind, []).append(
                spec
            )
    embeds = [spec for spec in reversed(stages_of(folder, Embed.kind)) if spec.name in of]
    if not embeds and not of_models:
        refuse_unlabelled(folder)
        raise MissingRun(f"{folder.name} has no scores.", "Run", command(None, "audit", folder.name))
    wanted = [name for name in by if not any(SCORES[kind].makes(name) for kind in of_models)]
    complete = [one for one in embeds if all(any(SCORES[kind].makes(name) for kind in of[one.name]) for name in wanted)]
    embed = next(iter(complete or embeds), None)
    of_vectors = [_best(folder, begun, embed) for begun in of[embed.name].values()] if embed else []
    return embed, [*of_vectors, *(begun[-1] for begun in of_models.values())]


def _best(folder: ShardFolder, begun: Sequence[StageSpec], embed: StageSpec) -> StageSpec:
    """Of the scores of one kind, in the order in which they were begun, the one to show."""
    done = ledger_of(folder, embed).done()
    whole = [spec for spec in begun if _has(folder, spec, done)]
    return (whole or begun)[-1]


def _has(folder: ShardFolder, spec: StageSpec, numbers: Iterable[int]) -> bool:
    return ledger_of(folder, spec).done().issuperset(numbers)


def _below(folder: ShardFolder, specs: Sequence[StageSpec]) -> list[StageSpec]:
    """Every stage that these are made of, at whatever remove."""
    begun = {spec.name: spec for spec in stages_of(folder)}
    found: dict[str, StageSpec] = {}
    todo = list(specs)
    while todo:
        for name in todo.pop().inputs.values():
            if name in begun and name not in found:
                found[name] = begun[name]
                todo.append(begun[name])
    return list(found.values())
