"""A lens: an ordinary audit of some images of the shards, with their vectors and the scores they have in the whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ...dataset.model import IMAGES, Dataset, Refused, Understood
from ...engines.local import Batch, default_workers, plan_batches, run_batches
from ...errors import BadInput
from ...images.filenames import to_text
from ...images.pixels import Refusal, thumbnail_webp
from ...kinds.score import OF_SHARDS
from ...progress import Reporter
from ...scorers.registry import get_scorer
from ...store.audit import Audit
from ...store.beginning import begun_audit
from ...store.items import current_source, write_items
from ...store.thumbnails import ThumbnailWriter
from ...store.writer import RunWriter, Stopwatch, fingerprint
from ...types import Floats, Run, RunSpec, ScoreColumn
from ...wording import counted, percent
from ..scoring.score import commit_columns
from ..steps import compute
from .checked import checked, usable_rows
from .choose import AT_RANDOM, RANDOM_SHARE, Largest, LensImages, at_random, choose
from .folder import ITEM, ShardFolder
from .reached import readers, said_of_roots, within_reach
from .scores.columns import DOUBTED, SUGGESTED, kept_neighbors, scores_in
from .stage import StageSpec, ledger_of, read_part
from .stages import SCORES
from .whole import Whole, whole_of

SHARD, ROW, WHY = "lens_shard", "lens_row", "lens_by"
"""Columns of a lens's images: where each is in the whole, and why it was chosen."""
AT_ONCE = 64


def lens(
    folder: ShardFolder, reporter: Reporter, *, name: str, images: int, by: Sequence[str], seed: int = 0,
    place: Path | None = None,
) -> Audit:  # fmt: skip
    """Make the audit `name` of so many images: a fifth at random, the rest the hardest by these scores in turn.

    place: the folder of audits, if not the usual one. Raises BadInput on a score that is not there and where a file of
    the shards is missing, MissingRun before any score is computed, Unreachable where images of it are out of reach.
    """
    if images < 1:
        raise BadInput(f"--images is {images}.", "Give a number of images, such as --images 20000.")
    whole = whole_of(folder, by)
    reporter.say(said_of_roots(folder))
    chosen, n_usable = _choose(whole, images, by, seed, reporter)
    with begun_audit(name, place) as audit:
        already = current_source(audit)
        if already not in (None, folder.name):
            raise BadInput(f"Audit {name!r} holds the images of {already}.", "Choose another name with --audit.")
        dataset, kept = _dataset(whole, chosen, n_usable, by, audit, reporter)
        asked = {"folder": folder.name, "images": images, "by": list(by), "seed": seed}
        read = {**asked, "roots": folder.roots}  # an image opened at full size is looked for where it was allowed
        write_items(audit, dataset, folder.name, read, fingerprint(folder.fingerprint, asked), note="")
    for note in dataset.notes:
        reporter.say(f"lens {name}: {note}")
    run = _copy_vectors(audit, whole, whole.embed, kept, reporter) if whole.embed else None
    for spec in whole.scores:
        _copy_scores(audit, whole, spec, kept, run, asked, reporter)
    return audit


def _choose(whole: Whole, images: int, by: Sequence[str], seed: int, reporter: Reporter) -> tuple[LensImages, int]:
    """The images of the lens, and how many can be used of all."""
    drawn, hardest, n_usable = Largest(images), {name: Largest(images) for name in by}, 0
    there: list[str] = []
    with reporter.bar("choose", "shards") as advance:
        for place, number in enumerate(whole.numbers):
            _, facts = checked(whole.folder, whole.ingest.name, number)
            usable = usable_rows(facts)
            n_usable += int(usable.sum())
            drawn.add(number, -at_random(number, len(usable), seed), usable)
            tables = [whole.scored(spec, number) for spec in whole.scores]
            there = [name for table in tables for name in scores_in(table)]
            if unknown := [name for name in by if name not in there]:
                raise BadInput(
                    f"There is no score {unknown[0]!r}; there is: {', '.join(there)}.", "Name one with --by."
                )
            for table in tables:
                for name in set(by).intersection(scores_in(table)):
                    hardest[name].add(number, _highest_first(table, name), usable)
            advance(place + 1, len(whole.numbers))
    return choose({name: one.in_order() for name, one in hardest.items()}, drawn.in_order(), images), n_usable


def _highest_first(table: pa.Table, name: str) -> Floats:
    # Every score that is made over shards is higher for harder, or as VoG has no end that is known to be the hard one.
    return np.asarray(table[name].to_numpy(), np.float32)


def _dataset(
    whole: Whole, chosen: LensImages, n_usable: int, by: Sequence[str], audit: Audit, reporter: Reporter
) -> tuple[Dataset, LensImages]:
    """The images of the lens as an ingest has them, and which those are; what changed since then is left out, named."""
    items = pa.concat_tables(_items(whole, chosen))
    reasons = _thumbnails(items, whole.folder.roots, audit, reporter)
    kept = [place for place in range(items.num_rows) if place not in reasons]
    if not kept:
        raise BadInput(f"None of the {items.num_rows:,} images can be read any more: {next(iter(reasons.values()))}.")
    refused = [Refused(items["key"][i].as_py(), items["path"][i].as_py(), *why) for i, why in reasons.items()]
    ours = LensImages(chosen.shards[kept], chosen.rows[kept], [chosen.by[place] for place in kept])
    table = items.take(kept)
    ids = pa.array(np.arange(len(kept), dtype=np.int32))
    own = [name for name in table.column_names if name not in ITEM.names]
    metadata = {name: table[name] for name in own} | {
        SHARD: pa.array(ours.shards.astype(np.int32)), ROW: pa.array(ours.rows.astype(np.int32)), WHY: pa.array(ours.by)
    }  # fmt: skip
    dataset = Dataset(
        "lens", tuple(whole.folder.classes),
        pa.table([ids, *(table[name].cast(ITEM.field(name).type) for name in ITEM.names)], schema=IMAGES),
        pa.table({"image_id": ids, **metadata}), tuple(refused), (_caution(ours, by), _note(whole, ours, n_usable)),
        (Understood("layout", f"some of the images of {whole.folder.name}"), *whole.folder.understood[1:]),
        (), items.num_rows,
    )  # fmt: skip
    return dataset, ours


def _caution(ours: LensImages, by: Sequence[str]) -> str:
    """How the images were drawn, which figures of them do not know of: the first line of the note."""
    hardest = ", ".join(f"{ours.count(name):,} {'hardest' if _directed(name) else 'highest'} by {name}" for name in by)
    twice = f", {ours.n_twice:,} for several of these reasons" if ours.n_twice else ""
    drawn = f"{ours.count(AT_RANDOM):,} at random{twice}"
    return f"A lens: {hardest}, {drawn}; figures here are of these, not of the whole."


def _directed(score: str) -> bool:
    """Whether it is known which end of a score is the hard one."""
    return any(
        chain.makes(score) and score not in chain.undirected and get_scorer(chain.name).direction is not None
        for chain in SCORES.values()
    )


def _note(whole: Whole, ours: LensImages, n_usable: int) -> str:
    """What may be read off the lens."""
    drawn, n = ours.count(AT_RANDOM), len(ours.by)
    lost = whole.folder.count - len(whole.numbers)
    without = f" {counted(lost, 'quarantined shard')} of {whole.folder.count:,} left out." if lost else ""
    stands = f", each of which stands for {n_usable / drawn:,.0f}" if drawn else ""
    return (
        f"{n:,} of {counted(n_usable, 'image')} of {whole.folder.name}; {drawn:,} drawn at random "
        f"({percent(RANDOM_SHARE)} of what was asked for){stands}. Hard images say nothing of the whole: shares of it "
        f"are estimated from those with {AT_RANDOM!r} in column {WHY}, and from no others.{without}"
    )


def _items(whole: Whole, chosen: LensImages) -> Iterator[pa.Table]:
    """The items of the chosen images, with what their ingest found, shard by shard."""
    for number, places in chosen.of_shards():
        items, facts = checked(whole.folder, whole.ingest.name, number)
        rows = chosen.rows[places]
        items, facts = items.take(rows), facts.take(rows)
        for name in set(facts.column_names).intersection(ITEM.names):
            items = items.set_column(items.column_names.index(name), ITEM.field(name), facts[name])
        yield items


def _thumbnails(items: pa.Table, roots: Sequence[str], audit: Audit, reporter: Reporter) -> dict[int, tuple[str, str]]:
    """Make the thumbnails that the audit lacks; place -> (reason, detail) of images that are not what they were.

    Raises Unreachable where it is their place: without its images those at random would not stand for the whole.
    """
    hashes, paths = items["content_hash"].to_pylist(), items["path"].to_pylist()
    gone: dict[int, tuple[str, str]] = {}
    with (
        ThumbnailWriter(audit, reporter.warn) as thumbnails,
        within_reach(items, items["content_hash"], roots) as images,
        reporter.bar("lens") as advance,
    ):
        known = thumbnails.known()

        def load(batch: Batch) -> list[tuple[str, bytes]]:
            made = []
            for place in range(batch.start, batch.stop):
                try:
                    if hashes[place] in known:
                        images.read(place)
                    else:
                        made.append((hashes[place], thumbnail_webp(images.rgb(place))))
                except Refusal as error:
                    gone[place] = error.reason, error.detail
            return made

        run_batches(
            plan_batches(len(hashes), AT_ONCE), load, lambda made: made, lambda _, made: thumbnails.add(made),
            progress=advance, workers=max(readers(paths), default_workers()),
        )  # fmt: skip
    return dict(sorted(gone.items()))


def _copy_vectors(audit: Audit, whole: Whole, embed: StageSpec, kept: LensImages, reporter: Reporter) -> Run:
    """The vectors of the shards as an embedding by the same encoder, which can embed more images."""
    chosen = embed.parameters
    parameters = {name: value for name, value in chosen.items() if name not in ("device", "batch_size")}
    weights = embed.inputs["weights"]
    spec = RunSpec("embed", chosen["encoder"], {"items": audit.items_fingerprint}, parameters, weights=weights)

    def work(writer: RunWriter) -> None:
        watch, finished = Stopwatch(), writer.finished()
        for number, places in kept.of_shards():
            if (unit := f"shard {number}") not in finished:
                rows = read_part(ledger_of(whole.folder, embed).part(number))["vector"].take(kept.rows[places])
                ids = np.arange(places.start, places.stop, dtype=np.int32)
                writer.commit(unit, {"embedding": {"image_id": ids, "vector": rows}}, seconds=watch.lap())

    return compute(audit, spec, work, reporter, d=chosen["dimension"]).run


def _copy_scores(
    audit: Audit,
    whole: Whole,
    spec: StageSpec,
    kept: LensImages,
    run: Run | None,
    asked: dict[str, Any],
    reporter: Reporter,
) -> None:
    """The scores as the images have them in the whole, marked so: computed anew in the lens they would be others."""
    scorer = get_scorer(spec.kind)
    parts = [whole.scored(spec, number).take(kept.rows[places]) for number, places in kept.of_shards()]
    table = pa.concat_tables(parts)
    chain = SCORES[spec.kind]
    fitted_on = chain.fitted_on(whole.folder, spec)
    of_run = run if chain.of_vectors else None
    numbers = kept.shards * int(whole.folder.header["rows"]) + kept.rows
    columns = []
    for name in scores_in(table):
        missing = pc.sum(pc.is_nan(table[name])).as_py()
        suggested, doubted = (
            table[name + more] if name + more in table.column_names else None for more in (SUGGESTED, DOUBTED)
        )
        columns.append(
            ScoreColumn(
                name=name, values=table[name].to_numpy(), scorer=scorer.name,
                direction=None if name in chain.undirected else scorer.direction,
                neighbors=kept_neighbors(table, name, numbers),
                parameters={**spec.parameters, "lens": asked},
                fitted_on=to_text(fitted_on),
                suggested_label=None if suggested is None else suggested.to_numpy(),
                doubted=None if doubted is None else doubted.to_numpy(zero_copy_only=False),
                reason=f"{missing} without a value in the whole" if missing else "", about=scorer.about,
            )
        )  # fmt: skip
    parameters = {"labels": "given", "source": OF_SHARDS, "stage": spec.name, **asked}
    inputs = {"items": audit.items_fingerprint} | ({"embed": of_run.run_id} if of_run else {})
    of = RunSpec("score", scorer.name, inputs, parameters)
    compute(audit, of, lambda writer: commit_columns(writer, columns, of_run, None, seconds=0.0), reporter)
