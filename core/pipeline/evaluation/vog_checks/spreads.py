"""VoG of images under labels of one's own, kept while a run is computed: a killed run goes on with the next images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from torch import nn

from ....engines.local import plan_batches
from ....kinds.evaluate import SPREAD
from ....progress import Advance, part_of
from ....store.writer import RunWriter, Stopwatch
from ....training.batches import Batches
from ....training.gradients import gradient_spread
from ....types import Floats, Ints

UNIT = 256  # images between two commits: a few seconds of work that a killed process can lose


def keep_spreads(
    writer: RunWriter, of: str, models: Sequence[nn.Module], batches: Batches, labels: Ints, rows: Ints,
    advance: Advance, *, windows: Mapping[str, Sequence[int]] | None = None,
) -> None:  # fmt: skip
    """Compute VoG of rows and commit it some hundred images at a time, past those that are there.

    of: whose it is, for the names of units and values, without spaces. labels: (n,) of all images of the batches. rows:
    (m,) which of them, always the same for one run; windows: as `gradient_spread` takes them.
    """
    prefix = f"{of} "
    finished = [unit.removeprefix(prefix) for unit in writer.finished() if unit.startswith(prefix)]
    watch = Stopwatch()
    for unit in plan_batches(len(rows), UNIT, finished):
        at = np.arange(unit.start, unit.stop)
        told = part_of(advance, unit.start, len(rows))
        spread = gradient_spread(models, batches, labels, rows[at], windows=windows, advance=told)
        values = {name: column for name, column in spread.values.items() if not name.endswith("_predicted")}
        table = {
            "name": np.repeat([prefix + name for name in values], len(at)),
            "place": np.tile(at.astype(np.int32), len(values)),
            "value": np.concatenate(list(values.values())),
        }
        writer.commit(prefix + unit.unit, {SPREAD: table}, seconds=watch.lap())


def kept_spreads(writer: RunWriter, of: str) -> dict[str, Floats]:
    """Window such as `logit_late` -> (m,) float32, in the order of the rows."""
    table = writer.read(f"SELECT name, value FROM {SPREAD} WHERE starts_with(name, ?) ORDER BY name, place", [f"{of} "])
    names, values = table["name"].to_numpy(), table["value"].to_numpy()
    return {str(name).removeprefix(f"{of} "): values[names == name] for name in np.unique(names)}
