"""Broken manifests, arrays and Parquet files: each is read or refused in words, within seconds and a gigabyte.

`python -m tests.dataset.fuzz --count 2000` runs many, a hundred to a process, so that a crash is seen and named by its
seed; `--seed S --count 1` repeats one.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import NoReturn

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import HardlookError
from tests.dataset.inputs import PETS, picture, pictures, pixels, read, write_csv, write_jsonl

SECONDS = 10
BYTES = 1 << 30
PER_PROCESS = 100
TOKENS = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b'"', b"'", b",", b";", b"\n", b"\r", b"[", b"]", b"{", b"}", b"null",
    b"NaN", b"-1", b"1e999", b"\\u0000", b"\\ud800", b"../", b"\xc3\x28", b"99999999999999999999", b"PK\x03\x04",
)  # fmt: skip


class TooSlow(Exception):
    """An input took longer than it may."""


def sound_inputs(folder: Path) -> list[Path]:
    """One whole input of each kind, with images beside those that name them."""
    names = pictures(folder, 8)
    rows = [(name, pet, i, "train") for i, (name, pet) in enumerate(zip(names, PETS, strict=True))]
    header = ("path", "label", "id", "split")
    objects = [dict(zip(header, row, strict=True)) for row in rows]
    write_csv(folder / "a.csv", header, rows)
    (folder / "b.tsv").write_bytes((folder / "a.csv").read_text().replace(",", "\t").encode("utf-16"))
    write_jsonl(folder / "c.jsonl", objects)
    (folder / "d.json").write_text(json.dumps(objects))
    pq.write_table(pa.Table.from_pylist(objects), folder / "e.parquet")
    structs = [{"bytes": picture(i), "path": f"{i}.png"} for i in range(8)]
    feature = {"label": {"_type": "ClassLabel", "names": ["cat", "dog"]}}
    table = pa.table({"image": structs, "label": [0, 1] * 4, "age": [1.5] * 8, "note": names})
    declared = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": feature}})})
    pq.write_table(declared, folder / "f.parquet", compression="none")
    y = np.arange(8) % 3
    np.savez(folder / "g.npz", x=pixels(8), y=y, day=np.array(["2024-01"] * 8, "datetime64[M]"))
    np.savez_compressed(folder / "h.npz", train_images=pixels(8), train_labels=y, test_images=pixels(8), test_labels=y)
    np.save(folder / "i.npy", pixels(8))
    np.save(folder / "labels.npy", y)
    return sorted(path for path in folder.iterdir() if path.is_file())


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Some bytes of it flipped, cut out, put in or doubled; half the time only flipped, which lets more be read."""
    gentle = chance.random() < 0.5
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        at, length = chance.randrange(len(data) + 1), chance.choice((1, 1, 2, 4, 64, 1024))
        kind = 5 if gentle else chance.randrange(6)
        if kind == 0:
            data = data[:at] + bytes(chance.randrange(256) for _ in range(min(length, 64))) + data[at + length :]
        elif kind == 1:
            data = data[:at] + data[at + length :]
        elif kind == 2:
            data = data[:at] + chance.choice(TOKENS) + data[at:]
        elif kind == 3:
            data = data[:at]
        elif kind == 4:
            data = data[: at + length] + data[at:]
        elif at < len(data):
            data = data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :]
    return data


def outcome(seed: int) -> str:
    """What becomes of one mutated input: "read" or "refused". Anything else it raises is a fault."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        files = sound_inputs(Path(folder))
        file = files[seed % len(files)]
        file.write_bytes(mutated(file.read_bytes(), chance))
        source = Path(folder) / "i.npy" if file.name == "labels.npy" else file
        signal.signal(signal.SIGALRM, _too_slow)
        signal.alarm(SECONDS)
        try:
            read(source)
        except HardlookError as error:
            if not error.message:
                raise
            return "refused"
        finally:
            signal.alarm(0)
    return "read"


def _too_slow(signal_number: int, frame: FrameType | None) -> NoReturn:
    raise TooSlow(f"more than {SECONDS} s")


def run_here(seeds: range) -> Counter[str]:
    """Outcomes of some seeds in this process. Raises where one is a fault, naming its seed."""
    outcomes: Counter[str] = Counter()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # of whatever else this process has done
    for seed in seeds:
        try:
            outcomes[outcome(seed)] += 1
        except Exception as error:
            error.add_note(f"seed {seed}")
            raise
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    if peak > BYTES:
        raise MemoryError(f"{peak >> 20} MB for seeds {seeds.start} to {seeds.stop - 1}")
    return outcomes


def main() -> int:
    """Run `--count` seeds from `--seed` on; exit code 1 if one is a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=2000)
    asked = parser.parse_args()
    if asked.count <= PER_PROCESS:
        print(dict(run_here(range(asked.seed, asked.seed + asked.count))))
        return 0
    faults = 0
    for start in range(asked.seed, asked.seed + asked.count, PER_PROCESS):
        count = min(PER_PROCESS, asked.seed + asked.count - start)
        command = [
            sys.executable,
            "-W",
            "error",
            "-m",
            "tests.dataset.fuzz",
            "--seed",
            str(start),
            "--count",
            str(count),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        last = (done.stdout or done.stderr).strip().splitlines()[-3:]
        print(f"{start} to {start + count - 1}: {'fine' if done.returncode == 0 else done.returncode} {' '.join(last)}")
        faults += done.returncode != 0
    print(f"{asked.count} inputs, {faults} processes with a fault")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
