"""Two audits held against each other, against pandas: python -m tests.benchmarks.bench_diff [--images 1000000].

A tenth of the labels differ, a twentieth of the images each were renamed, came and went, a fortieth changed content;
five scores in both. The rival holds the same columns in memory already, and joins and ranks them with pandas.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.answers.differences.audit_difference import difference
from core.answers.differences.states import two_states
from core.answers.differences.table import changed_images
from core.store import views
from core.store.audit import Audit
from tests.benchmarks.reporting import cpu_seconds, say_conditions, wall_seconds
from tests.differing import audit_of, scored

SCORES, CLASSES = 5, 100
NAMES = ("before", "after")
COUNTS = ("came", "went", "content", "renamed", "relabelled")


def make(folder: Path, n: int) -> None:
    """Both audits."""
    rng = np.random.default_rng(0)
    ids, kinds, labels = np.arange(n), rng.random(n), rng.integers(0, CLASSES, n)
    keys, contents = np.char.add("folder/image", ids.astype(str)), np.char.add(f"{7:024d}", ids.astype(str))
    scores = rng.standard_normal((SCORES, n), dtype=np.float32)
    for name in NAMES:
        now = name == "after"
        stays = kinds >= 0.05 if now else kinds < 0.95
        key = np.where(now & (kinds > 0.5) & (kinds < 0.55), np.char.add("moved/", keys), keys)
        content = np.where(now & (kinds > 0.6) & (kinds < 0.625), np.char.add("f", contents), contents)
        label = np.where(now & (kinds > 0.7) & (kinds < 0.8), (labels + 1) % CLASSES, labels)
        values = scores + rng.standard_normal(scores.shape, dtype=np.float32) * now
        order = np.flatnonzero(stays)[np.argsort(key[stays])]
        audit = audit_of(folder, name, key[order].tolist(), content[order].tolist(), label[order],
                         [f"class {i:03d}" for i in range(CLASSES)])  # fmt: skip
        scored(audit, {f"score{i}": row[order] for i, row in enumerate(values)}, suggested=(label[order] + 1) % CLASSES)


def held(audit: Audit) -> pd.DataFrame:
    """What the rival holds of an audit."""
    hub = views.open_hub(audit)
    columns = {
        "key": views.column(hub, "key"),
        "content": views.column(hub, "content_hash"),
        "label": views.labels(hub),
    }
    return pd.DataFrame(columns | {info.name: views.score(hub, info.address) for info in views.score_infos(hub)})


def rival(before: pd.DataFrame, after: pd.DataFrame) -> dict[str, Any]:
    """The same counts and correlations by hand, on contents that are there once."""
    both = before.merge(after, on="content", how="outer", suffixes=("_before", "_after"), indicator=True)
    same = both[both["_merge"] == "both"]
    loose = [both[both["_merge"] == side] for side in ("left_only", "right_only")]
    edited = loose[0].merge(loose[1], left_on="key_before", right_on="key_after")
    ranked = [same[f"score{i}_{side}"].rank() for i in range(SCORES) for side in ("before", "after")]
    return {
        "went": len(loose[0]) - len(edited), "came": len(loose[1]) - len(edited), "content": len(edited),
        "renamed": int((same["key_before"] != same["key_after"]).sum()),
        "relabelled": int((same["label_before"] != same["label_after"]).sum()),
        "correlations": [a.corr(b) for a, b in zip(ranked[::2], ranked[1::2], strict=True)],
    }  # fmt: skip


def peak_gb() -> float:
    """The most memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def main() -> None:
    """Print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1_000_000)
    n = parser.parse_args().images
    say_conditions(f"two audits of {n:,} images, {SCORES} scores")
    with tempfile.TemporaryDirectory() as folder:
        making = get_context("spawn").Process(target=make, args=(Path(folder), n))  # whose memory is not ours
        making.start()
        making.join()
        audits = [Audit(Path(folder) / name) for name in NAMES]
        begun = peak_gb()
        found: dict[str, Any] = {}
        clocks = [wall_seconds, cpu_seconds]
        states = two_states(*audits)
        ours = [clock(lambda: found.update(ours=difference(*states))) for clock in clocks]
        peak = peak_gb()
        table = wall_seconds(lambda: found.update(rows=len(changed_images(found["ours"])["change"])))
        sides = [held(audit) for audit in audits]
        theirs = [clock(lambda: found.update(rival=rival(*sides))) for clock in clocks]
        assert all(found["ours"].tallies[name] == found["rival"][name] for name in COUNTS)
        moved = [one.tally.correlation for one in found["ours"].scores]
        assert not np.isnan(moved).any()
        print(
            f"   ours {ours[0]:.1f} s, {ours[1]:.1f} of the processor; {peak:.2f} GB, {begun:.2f} of it before\n"
            f"   pandas {theirs[0]:.1f} s, {theirs[1]:.1f} of the processor, its frames in memory: the same counts\n"
            f"   the table of {found['rows']:,} images {table:.1f} s"
        )


if __name__ == "__main__":
    main()
