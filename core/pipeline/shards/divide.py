"""Dividing: an input, or an audit's images, as files of so many rows each. No image is opened."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ...dataset import IngestOptions, source_fingerprint
from ...dataset.model import PassedOver, Refused, Understood
from ...dataset.read import found, named_images, notes_of, understood
from ...errors import BadInput, Unreadable
from ...files.arrow import write_parquet_file
from ...files.leftovers import set_aside
from ...files.space import needing_space
from ...files.temporary import temporary_folder
from ...files.whole import whole_export
from ...images.filenames import to_text
from ...images.roots import Roots, roots_of
from ...progress import Reporter
from ...remote.place import Place, UrlPath, names, put, refuse_shared, whole_at
from ...store import lookups, views
from ...store.audit import find_audit
from ...store.paths import kind_of, path_to_write
from ...store.writer import fingerprint
from ...wording import counted
from ..ingest_plan import account, reading_lines
from ..own_manifest import with_own_roots
from .checked import Ingest
from .folder import (
    HEADER,
    ITEM,
    ITEMS,
    REFUSED,
    ShardFolder,
    fingerprint_of,
    is_sharded,
    labelled_by_split,
    refuse_out_of_reach,
)
from .stage import StageSpec, kind_of_stage
from .stored.header import NewerHeader, header_of, header_text


@dataclass(frozen=True)
class Divided:
    """What is to be data. identity: changes with the input. items: a row an image, in the order of the keys. roots:
    where their files may lie, None for torchvision's."""

    source: str
    identity: str
    options: dict[str, Any]
    classes: Sequence[str]
    items: pa.Table
    refused: Sequence[Refused]
    understood: Sequence[Understood]
    passed_over: Sequence[PassedOver]
    notes: Sequence[str]
    found: int
    roots: Roots | None = None


def shard(source: str, reporter: Reporter, *, to: Place, rows: int, options: IngestOptions) -> ShardFolder:
    """Divide a data set, or the images of the audit of that name, into shards; a no-op if that was done before.

    What exists as a path is read as one. rows: of each shard but the last. Raises BadInput as an ingest does before it
    opens the first image, and where the folder holds something else.
    """
    if isinstance(to, Path):
        path_to_write(to, folder=True)
    else:
        refuse_shared(to)
    if rows < 1:
        raise BadInput(f"--rows is {rows}.", "Give the rows of a shard, such as --rows 100000.")
    audit = "" if _is_path(source) else find_audit(source).items_fingerprint
    options = options if audit else with_own_roots(source, options, reporter)
    identity = fingerprint(audit or source_fingerprint(source, options), rows)
    lost = _lost_header(to)
    if is_sharded(to) and not lost:
        return _already(to, identity, source, reporter)
    data = _of_audit(source, identity) if audit else _of_input(source, identity, options)
    if lost:
        return _with_header(to, data, rows, lost, reporter)
    with _whole_folder(to) as folder:
        _write(data, folder, rows)
    made = ShardFolder(to.resolve())
    reporter.say(
        f"shard {to}: {counted(data.items.num_rows, 'image')} in {counted(made.count, 'shard')} of {rows:,} rows, "
        f"{counted(len(data.classes), 'class', 'classes')}; no image was opened"
    )
    for line in (*reading_lines(data.understood, data.passed_over), *data.notes):
        reporter.say(f"  {line}")
    for reason, count in Counter(one.reason for one in data.refused).most_common():
        example = next(one for one in data.refused if one.reason == reason)
        reporter.say(f"  refused, {reason}: {count:,}, {example.key or example.path!r} first ({example.detail})")
    reporter.say(f"  {account(data.found, data.items.num_rows, len(data.refused), data.passed_over, 'to open')}")
    return made


def _is_path(source: str) -> bool:
    """Whether a source is read as an input and not as an audit's name."""
    return os.sep in source or ":" in source or bool(kind_of(Path(source).expanduser()))


def _already(to: Place, identity: str, source: str, reporter: Reporter) -> ShardFolder:
    there = ShardFolder(to.resolve())
    if there.header["identity"] != identity:
        raise BadInput(
            f"{to} holds the shards of {there.header['source']}, of {there.header['rows']:,} rows each, and not these "
            f"of {to_text(source)}.",
            "Choose another folder with --to: what changed is divided anew.",
        )
    reporter.say(f"shard {to}: nothing to do, it was divided before ({counted(there.count, 'shard')})")
    return there


def _lost_header(to: Place) -> str:
    """Why the header of a folder, in which shards were worked on, cannot be read; "" where it can, or none is lost.

    Raises NewerHeader, Unreachable.
    """
    if not is_sharded(to):
        return f"{to / HEADER} is not there." if any(map(kind_of_stage, names(to))) else ""
    try:
        ShardFolder(to.resolve()).header.keys()
    except NewerHeader:
        raise
    except Unreadable as error:
        return error.message
    return ""


def _with_header(to: Place, data: Divided, rows: int, lost: str, reporter: Reporter) -> ShardFolder:
    """Write the header of a folder anew. Raises BadInput where it does not hold these items."""
    folder = ShardFolder(to.resolve())
    prints = [fingerprint_of(_content(part)) for part in _parts(data.items, rows)]
    header = _header(data, rows, prints)
    opened = StageSpec(Ingest.kind, {"items": header["fingerprint"]}, {}).name
    begun = [name for name in names(folder.path) if kind_of_stage(name) == Ingest.kind]
    if not _holds(folder, prints) or (begun and opened not in begun):
        raise BadInput(
            f"{lost} And the folder holds other items than those of {to_text(data.source)}, {rows:,} a shard, or was "
            "divided with other options.",
            "Divide the input as it was, with the same options; or choose another folder with --to.",
        )
    file = folder.path / HEADER
    if isinstance(file, Path) and os.path.lexists(file):
        set_aside(file, lost)
    with whole_at(file) as part:
        part.write_text(header_text(header), encoding="utf-8")
    reporter.say(f"shard {to}: {HEADER} is written anew, and all that the stages have made stays. {lost}")
    return folder


def _holds(folder: ShardFolder, prints: Sequence[str]) -> bool:
    """Whether a folder holds these files of items and no others. Raises Unreachable."""
    if len(names(folder.path / ITEMS)) != len(prints):
        return False
    for number, wanted in enumerate(prints):
        file = folder.item_file(number)
        try:
            if fingerprint_of(file.read_bytes()) != wanted:
                return False
        except OSError as error:
            refuse_out_of_reach(error, file, folder.path)
            return False
    return True


@contextmanager
def _whole_folder(to: Place) -> Iterator[Path]:
    """A folder of this machine to write in; `to` is one of shards when all is there, and not before."""
    if isinstance(to, Path):
        with whole_export(to) as folder:
            yield folder
        return
    if others := sorted(set(names(to)) - {ITEMS, REFUSED}):
        raise BadInput(f"{to} holds other things: {others[0]!r} first.", "Choose another place with --to.")
    with temporary_folder("hardlook-divided-") as beside, needing_space(beside):
        yield beside
        for file in sorted(beside.rglob("*.parquet")):
            put(UrlPath(f"{to}/{file.relative_to(beside).as_posix()}"), file.read_bytes())
        put(to / HEADER, (beside / HEADER).read_bytes())  # last: what holds it is a folder of shards


def _of_input(source: str, identity: str, options: IngestOptions) -> Divided:
    named = named_images(source, options)
    sound = sorted(named.sound, key=lambda each: each[0].key)
    if not sound:
        raise BadInput(
            f"None of the {len(named.refused)} images of {to_text(source)!r} can be used.",
            f"The first: {named.refused[0].key!r}, {named.refused[0].reason}: {named.refused[0].detail}.",
        )
    columns: dict[str, Any] = {name: pa.nulls(len(sound), ITEM.field(name).type) for name in ITEM.names}
    columns |= {
        "key": [one.key for one, *_ in sound], "path": [one.path for one, *_ in sound],
        "row": [one.row for one, *_ in sound], "label": [label for _, label, _ in sound],
        "true_label": [true for *_, true in sound], "split": [one.split for one, *_ in sound],
    }  # fmt: skip
    items = pa.table(columns, schema=ITEM)
    metadata = named.metadata([one for one, *_ in sound])
    whole = to_text(os.path.abspath(source) if os.path.exists(source) else source)
    return Divided(
        whole, identity, asdict(options), named.classes.names, _with(items, metadata),
        sorted(named.refused, key=lambda one: one.key),
        understood(named.listing, named.classes), named.listing.passed_over,
        (*named.listing.notes, *notes_of([one for one, *_ in sound])), found(named.listing),
        roots_of(whole, asdict(options)),
    )  # fmt: skip


def _of_audit(name: str, identity: str) -> Divided:
    """The images of an audit, which were opened when they were ingested, and are not opened again."""
    audit = find_audit(name)
    hub = views.open_hub(audit, ())
    table = views.images(hub, "*")
    items = table.select(ITEM.names).cast(ITEM)
    own = [column for column in table.column_names if column not in (*ITEM.names, "image_id")]
    said = Understood("layout", f"the images of audit {name!r}, which opened them when it was ingested")
    return Divided(
        f"audit {name}", identity, {}, views.classes(hub), _with(items, table.select(own)), (), (said,), (), (),
        table.num_rows, roots_of(*lookups.origin(hub)),
    )  # fmt: skip


def _with(items: pa.Table, own: pa.Table | None) -> pa.Table:
    """The items with the user's columns behind theirs."""
    for name, column in zip(own.column_names, own.columns, strict=True) if own is not None else ():
        if name not in items.column_names and name != "image_id":
            items = items.append_column(name, column)
    return items


def _write(data: Divided, folder: Path, rows: int) -> None:
    (folder / ITEMS).mkdir(parents=True)
    prints = [_write_items(folder, number, part) for number, part in enumerate(_parts(data.items, rows))]
    refused = {name: [getattr(one, name) for one in data.refused] for name in ("key", "path", "reason", "detail")}
    write_parquet_file(pa.table(refused, schema=pa.schema(dict.fromkeys(refused, pa.string()))), folder / REFUSED)
    (folder / HEADER).write_text(header_text(_header(data, rows, prints)), encoding="utf-8")


def _header(data: Divided, rows: int, prints: list[str]) -> dict[str, Any]:
    return header_of({
        "source": data.source, "identity": data.identity, "rows": rows,
        "images": data.items.num_rows,
        "classes": list(data.classes), "options": data.options, "refused": len(data.refused),
        "found": data.found, "roots": [to_text(root) for root in data.roots.all] if data.roots else [],
        "splits": dict(Counter(data.items["split"].to_pylist())), "labelled": labelled_by_split(data.items),
        "notes": list(data.notes),
        "understood": [[line.about, line.text, line.option] for line in data.understood],
        "passed_over": [[one.reason, one.count, one.example] for one in data.passed_over],
        "items": prints,
    })  # fmt: skip


def _parts(items: pa.Table, rows: int) -> Iterator[pa.Table]:
    for start in range(0, items.num_rows, rows):
        yield items.slice(start, rows)


def _write_items(folder: Path, number: int, part: pa.Table) -> str:
    """Write a shard's items; the fingerprint of the file."""
    content = _content(part)
    (folder / ITEMS / f"part-{number:05d}.parquet").write_bytes(content)
    return fingerprint_of(content)


def _content(part: pa.Table) -> bytes:
    """The file of a shard's items."""
    held = pa.BufferOutputStream()
    pq.write_table(part.combine_chunks(), held)
    return bytes(held.getvalue().to_pybytes())
