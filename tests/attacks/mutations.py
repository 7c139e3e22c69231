"""Ways to damage bytes, each drawn by a seeded generator: the same number damages the same way again."""

from __future__ import annotations

import numpy as np

_EDGES = tuple(map(bytes.fromhex, (
    "00", "ff", "7f", "0000", "ffff", "00000000", "ffffffff", "7fffffff", "ffffff7f", "00010000", "00001000",
)))  # fmt: skip
HEAD = 128  # bytes in which formats say sizes, counts and offsets


def mutated(data: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    """`data` damaged by one to four of: bytes changed, cut, dropped, doubled, put at an edge, taken from `other`."""
    for _ in range(int(rng.integers(1, 5))):
        data = _WAYS[int(rng.integers(len(_WAYS)))](data, other, rng)
    return data


def _flip(data: bytes, _: bytes, rng: np.random.Generator) -> bytes:
    changed = np.frombuffer(data, np.uint8).copy()
    places = rng.integers(0, max(len(data), 1), min(int(rng.integers(1, 9)), len(data)))
    changed[places] = rng.integers(0, 256, len(places))
    return changed.tobytes()


def _edge(data: bytes, _: bytes, rng: np.random.Generator) -> bytes:
    value = _EDGES[int(rng.integers(len(_EDGES)))]
    place = int(rng.integers(0, max(min(len(data), HEAD), 1)))
    return data[:place] + value + data[place + len(value) :]


def _cut(data: bytes, _: bytes, rng: np.random.Generator) -> bytes:
    return data[: int(rng.integers(0, len(data) + 1))]


def _drop(data: bytes, _: bytes, rng: np.random.Generator) -> bytes:
    start, end = sorted(rng.integers(0, len(data) + 1, 2).tolist())
    return data[:start] + data[min(end, start + 64) :]


def _double(data: bytes, _: bytes, rng: np.random.Generator) -> bytes:
    start, end = sorted(rng.integers(0, len(data) + 1, 2).tolist())
    return data[:end] + data[start:]


def _splice(data: bytes, other: bytes, rng: np.random.Generator) -> bytes:
    return data[: int(rng.integers(0, len(data) + 1))] + other[int(rng.integers(0, len(other) + 1)) :]


_WAYS = (_flip, _flip, _flip, _edge, _edge, _cut, _drop, _double, _splice)
