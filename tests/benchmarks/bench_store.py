"""Writing and reading embeddings, against DuckDB's own bulk insert: python -m tests.benchmarks.bench_store [--quick].

The rival inserts the whole array as one Arrow table, in one transaction, with DuckDB's defaults. Ours commits as the
embedding step does on a fast device, 2,048 rows at a time, so that it can be killed after any of them. Both end with
a checkpoint. Elapsed time, since both wait for the disk; CPU time beside it.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy reads it

import argparse
import tempfile
from pathlib import Path
from statistics import median

import duckdb
import numpy as np
import pyarrow as pa

from core.store import views
from core.store.audit import Audit, create_audit
from core.store.writer import open_run
from core.types import Floats, RunSpec
from tests.benchmarks.reporting import cpu_seconds, paired, say, say_conditions, wall_seconds
from tests.benchmarks.synthetic import ITEMS, write_items

COMMIT = 2048
REPEATS = 5


def bulk(path: Path, x: Floats) -> None:
    """What one would write by hand."""
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"CREATE TABLE embedding (image_id INTEGER, vector FLOAT[{x.shape[1]}])")
        vectors = pa.FixedSizeListArray.from_arrays(pa.array(x.ravel()), x.shape[1])
        connection.register("given", pa.table({"image_id": np.arange(len(x), dtype=np.int32), "vector": vectors}))
        connection.execute("INSERT INTO embedding SELECT * FROM given")
        connection.execute("CHECKPOINT")


def ours(audit: Audit, spec: RunSpec, x: Floats, rows: int = COMMIT) -> str:
    """An embedding run, published; its id."""
    with open_run(audit, spec, d=x.shape[1]) as writer:
        audit.run_path(writer.run_id).unlink(missing_ok=True)
        for start in range(0, len(x), rows):
            ids = np.arange(start, min(start + rows, len(x)), dtype=np.int32)
            writer.commit(f"{start}", {"embedding": {"image_id": ids, "vector": x[start : start + rows]}})
        writer.publish()
        return str(writer.run_id)


def main() -> None:
    """Print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a quarter of the rows")
    n, d = (50_000 if parser.parse_args().quick else 200_000), 512
    x = np.random.default_rng(0).standard_normal((n, d), dtype=np.float32)
    say_conditions(f"Store: {n:,} × {d} float32, {x.nbytes / 1e6:.0f} MB")
    with tempfile.TemporaryDirectory() as folder:
        audit = create_audit("a", Path(folder))
        write_items(audit, np.zeros(n, np.int64), 1)
        spec = RunSpec("embed", "random", {"items": ITEMS}, {})
        for clock, name in ((wall_seconds, "elapsed"), (cpu_seconds, "CPU")):
            pair = paired(lambda: ours(audit, spec, x), lambda: bulk(Path(folder) / "bulk.db", x), REPEATS, clock)
            figure = f"{x.nbytes / pair.ours / 1e6:.0f} MB/s = {pair.ratio:.2f}×"
            say(f"write, commits of {COMMIT:,} : one bulk insert, {name}", figure, "0.8×", pair.ratio >= 0.8)
        run_id = ours(audit, spec, x)
        hub = views.open_hub(audit)
        for clock, name in ((wall_seconds, "elapsed"), (cpu_seconds, "CPU")):
            seconds = median(clock(lambda: views.embedding(hub, run_id)) for _ in range(REPEATS))
            say(f"read into one array, {name}", f"{x.nbytes / seconds / 1e6:.0f} MB/s", "400 MB/s",
                x.nbytes / seconds >= 400e6)  # fmt: skip
        seconds = median(
            cpu_seconds(lambda: sum(len(b) for _, b in views.vectors(hub, run_id).blocks())) for _ in range(REPEATS)
        )
        say("read in blocks, CPU", f"{x.nbytes / seconds / 1e6:.0f} MB/s", "", None)


if __name__ == "__main__":
    main()
