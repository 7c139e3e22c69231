"""Names that nobody should give a thing, and what lies around an audit that none of them may touch."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

STRANGE = (
    "", " ", ".", "..", "/", "~", "$HOME", "a ", " a", "a.", ".hidden", "-x", "--", "a/b", "../x", "a/../../b", "..\\x",
    "a\\b", "C:\\x", "a:b", "a*b", "a?b", "[a", "{a,b}", 'a"b', "a'b", "a<b>", "a|b", "a%00b", "a\x00b", "a\nb", "a\tb",
    "\x1b[31m", "\udcff", "\ud800", "é" * 150, "x" * 300, "x" * 5000, "CON", "nul.txt", "\u202eabc", "ﬁ", "a,b", "@",
    "1", "'; DROP TABLE run; --", "<script>alert(1)</script>", "**", "9" * 5000, "nan", "true", "null", "::", "=",
    "a=b", "/dev/stdout", "/dev/null", "/dev/zero", "/proc/self/mem", "/proc/self/fd/1", "/dev/full",
)  # fmt: skip
"""What is thrown at each name and path."""

AROUND = (
    "{around}/victim.txt", "{around}/folder", "{around}/link-to-file", "{around}/link-to-folder", "{around}/nowhere",
    "{around}/circle", "{around}/pipe", "{around}/folder/", "{around}/victim.txt/below", "../around/folder",
    "{around}/\udcff", "{around}/\udcff/new.parquet", "{around}/\udcff/new.csv", "{around}/\udcff/new",
    "{audits}/other", "{audits}/other/audit.json", "../other", "../../around/victim.txt", "{audits}",
)  # fmt: skip
"""Paths of things that are there, of which a command may read some and change none."""


def lay_out(around: Path) -> None:
    """Files, folders, links and a pipe beside the audits."""
    (around / "folder" / "inside").mkdir(parents=True)
    for name in ("victim.txt", "folder/one.txt", "folder/inside/two.csv", "folder/three.duckdb", "folder/four.png"):
        (around / name).write_text(f"the contents of {name}\n")
    (around / "link-to-file").symlink_to(around / "victim.txt")
    (around / "link-to-folder").symlink_to(around / "folder")
    (around / "\udcff").mkdir()
    (around / "nowhere").symlink_to(around / "gone")
    (around / "circle").symlink_to(around / "circle")
    os.mkfifo(around / "pipe")


def contents(folder: Path) -> dict[str, str]:
    """What every file, link and folder below is, by its path: to find out whether one went or was changed."""
    found: dict[str, str] = {}
    for above, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(above, name)
            if path.is_symlink():
                found[str(path)] = f"link to {os.readlink(path)}"
            elif path.is_file():
                found[str(path)] = hashlib.blake2b(path.read_bytes(), digest_size=8).hexdigest()
            else:
                found[str(path)] = "pipe" if path.is_fifo() else "folder"
    return found
