"""Every command that writes, with arguments that run it in seconds on the audit of `bench.py`.

The attacks are made on this list. A test compares it with the command table: a command that is in neither list below
would be attacked by nobody.
"""

from __future__ import annotations

import shlex

from core.export.registry import Exporter, all_exporters


def _target(format: Exporter) -> str:
    """What an export in this format may be called."""
    endings = (*format.endings, ".json" if format.name == "labelstudio" else ".csv")
    return "out" if format.place == "folder" else f"out{endings[0]}"


_TRAIN = "--epochs 2 --image-size 12 --batch-size 24 --checkpoints 2"

WRITES: dict[str, str] = {
    "demo": "demo --no-dashboard",
    "audit": "audit {inputs}/photos --audit new --encoder embedded --model lenet --epochs 1",
    "ingest": "ingest {inputs}/photos --audit new",
    "ingest of arrays": "ingest {inputs}/arrays.npz --audit new",
    "ingest of an archive": "ingest {inputs}/photos.zip --audit new",
    "embed": "embed --encoder embedded --image-size 64 --batch-size 16",
    "train": f"train --model lenet --seed 1 {_TRAIN}",
    "train of seeds": f"train --model lenet --seed 1 --seeds 2 --workers 2 {_TRAIN}",
    "train of a grid": "train --grid {inputs}/grid.toml --workers 2",
    "score": "score knn --set k=7",
    "score vog": "score vog",
    "score second_split": "score second_split_forgetting --set model=lenet --set epochs=2 --set second_epochs=2",
    "score all": "score all",
    "evaluate": "evaluate",
    "evaluate --corruptions": "evaluate --corruptions --kinds gaussian_noise,fog --images 20",
    "evaluate --ood": "evaluate --ood {inputs}/others --images 20",
    "evaluate --difficulty-checks": "evaluate --difficulty-checks --images 20",
    "evaluate --vog-checks": "evaluate --vog-checks memorisation --images 60",
    "shard": "shard {inputs}/photos --rows 10 --to divided",
    "audit of shards": "audit unopened --workers 2 --encoder embedded --image-size 32 --layers last",
    "worker": "worker ingest unopened --shard 1/2",
    "score duplicates of shards": "score shards duplicates --workers 1",
    "score vog of shards": "score shards vog --workers 1",
    "import-model of shards": "import-model shards --factory nets_of_the_attacks:build "
    "--checkpoints {inputs}/weights/*.pt --image-size 12 --mean 0.5,0.5,0.5 --std 0.25,0.25,0.25 --name other "
    "--trained-on none --workers 1",
    "evaluate of shards": "evaluate shards --workers 1",
    "lens": "lens shards --images 10 --by centroid --audit new",
    "words": "words --share 30 --against all",
    "selftest": "selftest --rates 20 --seeds 1 --markdown planted.md",
    "project": "project --method pca",
    "import-predictions": "import-predictions {inputs}/probabilities.csv --name elsewhere",
    "import-embeddings": "import-embeddings {inputs}/vectors.npz --text-features {inputs}/texts.npz",
    "import-scores": "import-scores {inputs}/probabilities.csv --lower-is-harder prob_red",
    "import-model": "import-model --factory nets_of_the_attacks:build --checkpoints {inputs}/weights/*.pt "
    "--image-size 12 --mean 0.5,0.5,0.5 --std 0.25,0.25,0.25",
    "runs --delete": "runs --delete {train}",
    "reviews --undo": "reviews --undo --reviewer ann",
    "reviews --redo": "reviews --redo --reviewer bob",
    "reviews --restore": "reviews --restore 5 --reviewer ann",
    "reviews --add-class": "reviews --add-class shoe --reviewer ann",
    "reviews --rename-class": "reviews --rename-class red=crimson --reviewer ann",
    "reviews --merge-class": "reviews --merge-class blue=green --reviewer ann",
    "import-decisions": "import-decisions {inputs}/decisions.csv --reviewer cem",
    "diff": "diff a --labels given reviewed --to differs.csv",
    "rerank": "rerank --base centroid",
    "prove": "prove --model lenet --epochs 1 --image-size 12 --seeds 2 --workers 2 --markdown proof.md",
    "prove --prune": "prove --prune --keep 60 --which hardest --model lenet --epochs 1 --image-size 12 --seeds 2 "
    "--workers 2 --markdown pruned.md",
    "reproduce": "reproduce rmd --section rmd-groups --to papers.html --markdown papers.md",
    "report": "report --to report.html",
    **{f"export as {one.name}": f"export --format {one.name} --to {_target(one)}" for one in all_exporters()},
}
"""What is attacked -> the command line: {inputs} is the bench's folder of inputs, {train} the run of its model."""

READS = {"completion", "doctor", "encoders", "man", "scorers"}
"""Commands that only read."""

SERVES = {"dashboard", "mcp"}
"""Commands that run until they are stopped."""


def commands_that_write() -> set[str]:
    """The commands that the list attacks."""
    return {shlex.split(line)[0] for line in WRITES.values()}
