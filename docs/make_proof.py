"""The proof of effect on the bundled images: python -m docs.make_proof [--toy] [--work FOLDER].

A scripted reviewer, right 95 % of the time, looks at the most suspect tenth; `hardlook prove` trains and compares.
Writes docs/proof-of-effect.md. About 14 core-minutes; stopped, it goes on where it was.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from core.cli.console import Log
from core.cli.text.proof import as_markdown
from core.dataset import IngestOptions
from core.experiments.proof import CHANGES, REMOVALS, Proof
from core.experiments.proof_tables import verdict
from core.files.whole import whole_file
from core.pipeline.audit import FROM_EMBEDDING
from core.pipeline.embed import embed
from core.pipeline.ingest import ingest, sample_path
from core.pipeline.proof.prove import prove
from core.pipeline.scoring.score import score
from core.pipeline.training.grid import train_seeds
from core.pipeline.training.request import TrainRequest
from core.progress import Reporter
from core.reviews import By, Decision, ReviewedImage, current, decide, open_journal
from core.store import views
from core.store.audit import AUDITS_VARIABLE, Audit
from core.types import Ints
from data.make_sample import CLASSES, LOOK_ALIKE

HERE = Path(__file__).parent
NAME = "proof"
PLANTED = 40  # test labels of each kind
REVIEWED, RIGHT = 0.1, 0.95
PLANT_SEED, REVIEWER_SEED = 11, 12
NETWORK = TrainRequest("resnet8_w8", 16, 64, 0.1, 20, checkpoints=1, dynamics="last epoch")
OTHERS = (("lenet", 16), ("resnet8_w8", 4), ("resnet8_w8", 8), ("resnet14_w8", 16))
"""Other models for the ranking: architecture, epochs."""


def plant_in_test(folder: Path) -> Path:
    """The bundled file with wrong labels in its test split too: it has none, so that none could be corrected."""
    table = pq.read_table(sample_path())
    labels, splits = table["label"].to_numpy().copy(), np.array(table["split"].to_pylist())
    generator = np.random.default_rng(PLANT_SEED)
    rows = generator.permutation(np.flatnonzero(splits == "test"))[: 2 * PLANTED]
    uniform, alike = rows[:PLANTED], rows[PLANTED:]
    labels[uniform] = (labels[uniform] + generator.integers(1, len(CLASSES), PLANTED)) % len(CLASSES)
    labels[alike] = [CLASSES.index(LOOK_ALIKE[CLASSES[label]]) for label in labels[alike]]
    path = folder / f"{NAME}.parquet"
    if not path.exists():
        with whole_file(path) as part:
            pq.write_table(table.set_column(table.schema.get_field_index("label"), "label", pa.array(labels)), part)
    return path


@dataclass(frozen=True)
class Answers:
    """What the reviewer did: looked at so many images, of which so many were wrong as given, erred on so many."""

    looked_at: int
    wrong: int
    mistakes: int
    all_wrong: int


def review(audit: Audit) -> Answers:
    """Decide on the most suspect images by their true labels, a twentieth of the times by another class at random."""
    hub = views.open_hub(audit)
    given, true, names = views.labels(hub), views.true_labels(hub), views.classes(hub)
    assert true is not None  # the bundled file has them
    address = next(info.address for info in views.score_infos(hub) if info.name == "suspicion")
    rows = np.argsort(-views.score(hub, address), kind="stable")[: round(REVIEWED * len(given))]
    said = answers(true[rows])
    keys, hashes = views.column(hub, "key"), views.column(hub, "content_hash")
    journal = open_journal(audit)
    done = current(journal)
    for row, answer in zip(rows.tolist(), said.tolist(), strict=True):
        if keys[row] not in done:
            picture = ReviewedImage(keys[row], hashes[row], names[given[row]])
            kind = "confirmed" if answer == given[row] else "relabelled"
            decide(journal, Decision(picture, kind, names[answer], seen=journal.last), By("scripted reviewer"))
    journal.close()
    wrong = given != true
    return Answers(len(rows), int(wrong[rows].sum()), int((said != true[rows]).sum()), int(wrong.sum()))


def answers(true: Ints) -> Ints:
    """(n,) what a reviewer says who is right 95 % of the time. true: (n,) int."""
    generator = np.random.default_rng(REVIEWER_SEED)
    errs = generator.random(len(true)) >= RIGHT
    return np.where(errs, (true + generator.integers(1, len(CLASSES), len(true))) % len(CLASSES), true)


def document(audit: Audit, proof: Proof, said: Answers, seeds: int) -> str:
    """The page: what was done, what it shows, and how to do it again."""
    return f"""{as_markdown(proof, "the bundled images").rstrip()}

## What was done

- Data: the bundled 5,000 images of Fashion-MNIST, whose 4,000 training labels have 320 planted errors. The test labels
  are right as published, so for the ranking {2 * PLANTED} of the 1,000 were planted wrong as well (half at random, half
  to a look-alike class, seed {PLANT_SEED}). This moves no figure evaluated by true labels.
- Review: the {said.looked_at} images of both splits that `suspicion` (encoder: embedded) puts first. {said.wrong} of
  them had a wrong label, of {said.all_wrong} in all. The scripted reviewer knows the true labels and gives another
  class, at random, in 1 answer of 20 (seed {REVIEWER_SEED}): {said.mistakes} mistakes.
- Models: {NETWORK.model}, {NETWORK.epochs} epochs at {NETWORK.image_size} pixels, learning rate \
{NETWORK.learning_rate}, steps of {NETWORK.batch_size} images, seeds 0 to {seeds - 1}.
  To a larger model a label may be worth something else.
- The other models of the ranking, one seed each:
  {", ".join(f"{model} after {epochs} epochs" for model, epochs in OTHERS)}.
- Wrong labels that `true_label` does not know of (Fashion-MNIST has some) count as right everywhere.

All of it is made by `python -m docs.make_proof`. On an audit of your own, after a review:

```sh
hardlook prove --model {NETWORK.model} --epochs {NETWORK.epochs} --image-size {NETWORK.image_size} \\
    --batch-size {NETWORK.batch_size} --learning-rate {NETWORK.learning_rate} --control both --seeds {seeds}
```
"""


def main() -> None:
    """Make the audit, review it, prove, write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--work", type=Path, default=HERE.parent / "build" / "proof", help="folder that is worked in")
    parser.add_argument("--to", type=Path, default=HERE / "proof-of-effect.md")
    parser.add_argument("--toy", action="store_true", help="two seeds of one epoch, to see that it runs")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    os.environ[AUDITS_VARIABLE] = str(options.work / "audits")
    reporter: Reporter = Log()
    audit = ingest(
        str(plant_in_test(options.work)), reporter, name=NAME, options=IngestOptions(true_label_key="true_label")
    )
    made = embed(audit, "embedded", reporter)
    for scorer in FROM_EMBEDDING:
        score(audit, scorer, reporter, encoder_run=made.run_id)
    said = review(audit)
    seeds, epochs = (2, 1) if options.toy else (5, NETWORK.epochs)
    for model, own_epochs in OTHERS:
        request = TrainRequest(model, min(own_epochs, epochs or 1), 64, 0.1, 20, checkpoints=1, dynamics="last epoch")
        train_seeds(audit, request, 1, reporter)
    request = TrainRequest(NETWORK.model, epochs, 64, 0.1, 20, checkpoints=1, dynamics="last epoch")
    proof = prove(audit, reporter, request, seeds=seeds, controls=(REMOVALS, CHANGES))
    with whole_file(options.to) as part:
        part.write_text(document(audit, proof, said, seeds), encoding="utf-8")
    reporter.say(f"{verdict(proof)} Written: {options.to}")


if __name__ == "__main__":
    main()
