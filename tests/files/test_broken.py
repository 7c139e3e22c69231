"""One list of what damaged files raise: every reader of arrays goes by it, and none has one of its own."""

from __future__ import annotations

import ast
import os
import re
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.answers.view.told import kept_answer
from core.dataset.aligned.model_files import model_file
from core.errors import HardlookError
from core.files.arrays import named_arrays
from core.files.broken import BROKEN, is_of_the_machine
from core.images.containers import address
from core.images.pixels import PixelSource, Refusal
from core.pipeline.shards.stage import read_part
from core.store.cache import read_arrays, write_arrays
from core.training.pixels import kept_pixels
from tests.dataset.inputs import read

ROOT = Path(__file__).parents[2]
OF_LIBRARIES = {"BadZipFile", "TokenError", "SyntaxError", "LZMAError", "TarError", "struct.error", "zlib.error"}
"""What no module lists but the one that lists all of it."""
OTHERS = {
    "core/dataset/folders/archives.py": "the list, and what tarfile adds",
    "core/dataset/tables/cells.py": "the text of one cell, read as Python writes lists",
    "core/images/archives.py": "what tarfile adds, made one of the list",
    "core/images/rgb.py": "one EXIF block, which only says which way is up",
}
"""Modules with such a name in a list of their own -> why that is another matter."""
READERS = {"np.load", "zipfile.ZipFile", "tarfile.open", "pq.read_table", "pq.read_schema", "pq.ParquetFile"}
CAUGHT_ABOVE = {
    "core/files/arrays.py": "says what it raises",
    "core/images/archives.py": "PixelSource catches it",
    "core/images/containers.py": "PixelSource catches it",
    "core/dataset/vectors/arrays.py": "core/dataset/vectors/files.py catches it",
    "core/dataset/vectors/table.py": "core/dataset/vectors/files.py catches it",
    "core/encoders/open_clip_family.py": "weights_that_fit catches all that loading raises",
    **dict.fromkeys(
        (f"core/pipeline/shards/stored/{name}.py" for name in ("arrays", "records", "tables")), "read_part catches it"
    ),
    "core/pipeline/shards/folder.py": "what is read has the hash that it was written with",
}
"""Modules that read arrays and do not name the list -> who catches what they raise."""
DEEP_ENOUGH = re.compile(r"\b(RecursionError|BROKEN|BROKEN_TABLE|Exception)\b")
JSON_CAUGHT_ABOVE = {
    "core/dataset/tables/json_lines.py": "its other function catches it",
}
FLIPS = tuple(range(1024))
"""Bits of the first 128 bytes, where formats say sizes, types and counts."""


@cache
def modules() -> list[tuple[str, ast.Module]]:
    paths = sorted((ROOT / "core").rglob("*.py"))
    return [(str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))) for path in paths]


@cache
def listed() -> dict[str, set[str]]:
    """Module -> the names in its `except` clauses and tuples, by the last part too."""
    found = {}
    for name, tree in modules():
        nodes = [node.type for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and node.type]
        nodes += [node for node in ast.walk(tree) if isinstance(node, ast.Tuple)]
        inside = [each for node in nodes for each in ast.walk(node) if isinstance(each, ast.Name | ast.Attribute)]
        found[name] = {text for each in inside for text in (ast.unparse(each), ast.unparse(each).split(".")[-1])}
    return found


def test_no_module_has_a_list_of_its_own() -> None:
    lists = {name for name, names in listed().items() if names & OF_LIBRARIES}
    assert lists == {"core/files/broken.py", *OTHERS}


def test_who_reads_arrays_goes_by_the_list() -> None:
    without = set()
    for name, tree in modules():
        called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        if called & READERS and not listed()[name] & {"BROKEN", "BROKEN_TABLE"}:
            without.add(name)
    assert without == set(CAUGHT_ABOVE)


def test_who_reads_json_knows_that_it_may_be_nested_too_deeply() -> None:
    without = set()
    for name, tree in modules():
        for node in [each for each in ast.walk(tree) if isinstance(each, ast.Try)]:
            inside = [each for part in node.body for each in ast.walk(part) if isinstance(each, ast.Call)]
            caught = " ".join(ast.unparse(one.type) for one in node.handlers if one.type)
            if "json.loads" in {ast.unparse(each.func) for each in inside} and not DEEP_ENOUGH.search(caught):
                without.add(name)
    assert without - set(JSON_CAUGHT_ABOVE) == set()


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def array_bytes(path: Path, *, packed: bool) -> bytes:
    pixels = np.arange(2 * 4 * 4 * 3, dtype=np.uint8).reshape(2, 4, 4, 3)
    if packed:
        np.savez_compressed(path, x=pixels)
    else:
        np.save(path, pixels)
    return path.read_bytes()


def test_any_flipped_bit_of_decoded_pixels_has_them_set_aside_or_is_no_damage(tmp_path: Path) -> None:
    path, outcomes = tmp_path / "p.npy", []
    whole = array_bytes(path, packed=False)
    for bit in FLIPS:
        path.write_bytes(flipped(whole, bit))
        said: list[str] = []
        outcomes.append(kept_pixels(path, 2, 4, said.append) is None)
        assert outcomes[-1] == path.with_name("p.npy.unreadable-1").exists() == bool(said)
        path.with_name("p.npy.unreadable-1").unlink(missing_ok=True)
    assert sum(outcomes) > 600


@pytest.mark.parametrize("packed", [False, True])
def test_any_flipped_bit_of_an_array_leaves_its_images_out_in_words(tmp_path: Path, packed: bool) -> None:
    path, said = tmp_path / ("a.npz" if packed else "a.npy"), list[str]()
    whole = array_bytes(path, packed=packed)
    bits = range(0, 8 * len(whole), 3) if packed else FLIPS
    for bit in bits:
        path.write_bytes(flipped(whole, bit))
        source = PixelSource([address(str(path), "x") if packed else str(path)] * 2, [0, 1])
        for row in (0, 1):
            try:
                source.rgb(row)
            except Refusal as error:
                said.append(error.message)
    assert len(said) > len(bits) // 4
    assert [one for one in said if not one.startswith(str(path))] == []


def test_what_is_refused_once_is_not_unpacked_again_for_each_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, opened = tmp_path / "a.npz", []
    whole = array_bytes(path, packed=True)
    path.write_bytes(whole[: len(whole) // 2])

    def counted(*given: object) -> dict[str, object]:
        opened.append(given)
        return named_arrays(*given)  # type: ignore[arg-type,return-value]

    monkeypatch.setattr("core.images.containers.named_arrays", counted)
    source = PixelSource([address(str(path), "x")] * 9, list(range(9)))
    for row in range(9):
        with pytest.raises(Refusal, match=rf"a\.npz::x: unreadable \(row {row}: File is not a zip file\)"):
            source.read(row)
    assert len(opened) == 1


def test_a_number_that_is_damaged_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive, archive.open("x.npy", "w") as member:
        header = {"descr": "|u1", "fortran_order": False, "shape": (2**50, 4, 4, 3)}
        np.lib.format.write_array_header_1_0(member, header)
    with pytest.raises(Refusal, match=r"bytes, and .* by its header"):
        PixelSource([address(str(path), "x")], [0]).read(0)
    assert read_arrays(path, ["x"]) is None


def test_any_flipped_bit_of_a_cache_makes_it_none_or_leaves_it_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    write_arrays(path, {"x": np.arange(9)})
    whole = path.read_bytes()
    read_again = [
        read_arrays(path, ["x"]) for bit in range(0, 8 * len(whole), 3) if path.write_bytes(flipped(whole, bit))
    ]
    assert sum(one is None for one in read_again) > len(read_again) // 4
    assert {tuple(one["x"].tolist()) for one in read_again if one is not None} == {tuple(range(9))}


def a_folder(path: Path) -> None:
    path.mkdir()
    (path / "in it").write_text("x")


def a_link_to_itself(path: Path) -> None:
    path.symlink_to(path)


@pytest.mark.parametrize("put", [a_folder, a_link_to_itself])
def test_what_lies_in_the_place_of_a_cache_gives_way_to_it(
    put: Callable[[Path], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.npz"
    put(path)
    assert read_arrays(path, ["x"]) is None
    write_arrays(path, {"x": np.arange(3)})
    assert read_arrays(path, ["x"])["x"].tolist() == [0, 1, 2]  # type: ignore[index]
    aside = tmp_path / "a.npz.unreadable-1"
    assert aside.exists() == (aside.name in capsys.readouterr().err) == (put is a_folder)


@pytest.mark.parametrize("put", [a_folder, a_link_to_itself])
def test_what_lies_in_the_place_of_decoded_pixels_is_set_aside(put: Callable[[Path], None], tmp_path: Path) -> None:
    path, said = tmp_path / "p.npy", list[str]()
    put(path)
    assert kept_pixels(path, 2, 4, said.append) is None
    assert os.listdir(tmp_path) == ["p.npy.unreadable-1"]
    assert "set aside" in said[0]


def test_decoded_pixels_stay_where_the_machine_and_not_the_file_is_at_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "p.npy"
    array_bytes(path, packed=False)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(24, "Too many open files", str(path))

    monkeypatch.setattr("core.training.pixels.np.load", refuse)
    with pytest.raises(OSError, match="Too many open files"):
        kept_pixels(path, 2, 4, print)
    assert path.exists()


@pytest.mark.parametrize("ending", [".npz", ".npy", ".parquet"])
def test_any_flipped_bit_of_a_part_of_shards_is_read_or_refused_by_its_name(tmp_path: Path, ending: str) -> None:
    path, said = tmp_path / f"part-00000{ending}", list[str]()
    pixels = np.arange(24.0)
    if ending == ".parquet":
        pq.write_table(pa.table({"x": pixels}), path)
    elif ending == ".npz":
        np.savez(path, x=pixels)
    else:
        np.save(path, pixels)
    whole = path.read_bytes()
    bits = range(0, 8 * len(whole), 3 if ending == ".npy" else 7)
    for bit in bits:
        path.write_bytes(flipped(whole, bit))
        try:
            read_part(path)
        except HardlookError as error:
            said.append(error.message)
    assert len(said) > len(bits) // 8
    assert [one for one in said if str(path) not in one] == []


DEEP = "[" * 100_000 + "]" * 100_000
TELLS = '{"about": "a", "tells": [{"kind": "word", "name": "x", "p": 0.1, "of": 3, "margin": MARGIN}]}'
MARGINS = (
    "null", "[]", "{}", '"x"', DEEP, '{"value": "x", "low": 0, "high": 1, "n": 2, "unit": ""}',
    '{"value": 1, "low": null, "high": 1, "n": 2, "unit": ""}', '{"value": 1, "low": 0, "high": 1, "n": 2, "unit": 7}',
    '{"value": 1, "low": 0, "high": 1, "n": Infinity, "unit": ""}', "9" * 5000,
)  # fmt: skip


@pytest.mark.parametrize("text", [DEEP, "[]", "{", '{"other": 1}', "null", *MARGINS])
def test_a_kept_answer_that_is_no_answer_is_asked_for_again(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(f'{{"ours": {TELLS.replace("MARGIN", text)}}}' if text in MARGINS else text)
    question = SimpleNamespace(path=path, sides={"ours": None})
    assert kept_answer(question) is None  # type: ignore[arg-type]


def test_a_zip_whose_list_is_damaged_is_known_by_its_ending(tmp_path: Path) -> None:
    path, known = tmp_path / "model.pt", set()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", b"x")
    whole, usual = path.read_bytes(), model_file(path)
    for bit in range(8 * len(whole)):
        path.write_bytes(flipped(whole, bit))
        known.add(model_file(path))
    assert usual in known


@pytest.mark.parametrize("name", ["a.tar", "a.zip"])
def test_an_archive_of_zeros_or_noise_is_refused_by_its_name(tmp_path: Path, name: str) -> None:
    for content in (bytes(5000), b"PK\x05\x06" + b"\xff" * 18, np.random.default_rng(0).bytes(5000)):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(HardlookError, match=name):
            read(tmp_path / name)
        with pytest.raises(Refusal, match=name):
            PixelSource([address(str(tmp_path / name), "")], [0]).read(0)


def test_what_is_of_the_machine_is_told_from_what_is_of_the_file() -> None:
    assert all(is_of_the_machine(one) for one in (MemoryError(), OSError(24, ""), OSError(116, ""), OSError(5, "")))
    assert not any(is_of_the_machine(one) for one in (OSError(21, ""), OSError(40, ""), ValueError(), RecursionError()))
    assert issubclass(RecursionError, BROKEN)
