"""The list that comes with Hardlook, and files in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.dataset.vectors.texts import PROMPT
from core.errors import BadInput
from core.store.audit import create_audit
from core.words.word_list import OWN, prompt, read_word_list, word_list_of


def test_the_list_of_hardlook_has_thousands_of_words_each_once_and_a_text_for_each() -> None:
    found = read_word_list()
    written = [line.partition("\t")[0] for line in OWN.read_text().splitlines() if not line.startswith("#")]
    assert list(found.words) == written  # so none is there twice, and none blank
    assert len(found.words) > 2000
    texts = dict(zip(found.words, found.texts, strict=True))
    assert texts["golden retriever"] == "a photo of a golden retriever"
    assert texts["blurry"] == "a blurry photo"
    assert len(set(found.texts)) == len(found.texts)
    assert {word.split()[0] for word in written if word[0].isupper()} == set()


def test_the_text_of_a_word_is_that_of_a_class() -> None:
    assert prompt("ankle_boot") == PROMPT.format("ankle boot")


def test_a_file_replaces_it_with_its_own_texts(tmp_path: Path) -> None:
    file = tmp_path / "mine.txt"
    file.write_text("﻿# what we look for\nankle boot\n\nblurry\ta blurry photo\nankle boot\tagain\n Größe \n", "utf-8")
    found = read_word_list(file)
    assert found.words == ("ankle boot", "blurry", "Größe")
    assert found.texts == ("a photo of a ankle boot", "a blurry photo", "a photo of a Größe")
    assert found.name == "mine.txt"
    assert found.fingerprint != read_word_list().fingerprint
    file.write_text("ankle boot\nblurry\ta blurred photo\nGröße\n", "utf-8")
    assert read_word_list(file).fingerprint != found.fingerprint  # the texts are what is compared


def test_a_file_in_the_audits_folder_takes_its_place_and_one_that_is_named_before_both(tmp_path: Path) -> None:
    audit = create_audit("a", tmp_path)
    assert word_list_of(audit) == read_word_list()
    (audit.path / "words.txt").write_text("crack\ndent\n")
    assert word_list_of(audit).words == ("crack", "dent")
    (tmp_path / "other.txt").write_text("rust\n")
    assert word_list_of(audit, tmp_path / "other.txt").words == ("rust",)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (b"# nothing\n\n", "0 words; 1 to 50,000"),
        (b"cat\n\tdog\n", "Line 2"),
        (b"cat\t \n", "Line 1"),
        (b"a" * 300, "Line 1"),
        (b"ca\x07t\n", "Line 1"),
        (b"\xff\xfe\x00", "cannot be read"),
        (b"\n".join(b"w%d" % i for i in range(50_001)), "50,001 words"),
    ],
)
def test_what_is_no_list_is_refused_with_the_line(tmp_path: Path, written: bytes, said: str) -> None:
    file = tmp_path / "bad.txt"
    file.write_bytes(written)
    with pytest.raises(BadInput, match=said) as refused:
        read_word_list(file)
    assert "bad.txt" in str(refused.value)
    with pytest.raises(BadInput, match="nowhere"):
        read_word_list(tmp_path / "nowhere.txt")
