"""The words that images are compared with: the list that comes with Hardlook, or a file in its place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..errors import BadInput
from ..store.audit import Audit
from ..store.writer import fingerprint
from ..wording import count

OWN = Path(__file__).with_name("words.txt")
AUDITS = "words.txt"
"""A file of this name in an audit's folder takes the place of Hardlook's list, for the command and the dashboard."""
MOST_WORDS = 50_000
LONGEST = 200  # characters; encoders read some 70 words
A_LINE = "A word a line, or a word, a tab and the text that stands for it."


@dataclass(frozen=True)
class WordList:
    """Words in the order of their file, and the text whose vector stands for each. name: of the file, "" for ours."""

    words: tuple[str, ...]
    texts: tuple[str, ...]
    name: str = ""

    @property
    def fingerprint(self) -> str:
        """12 hexadecimal digits over words and texts."""
        return fingerprint(*self.words, *self.texts)


def word_list_of(audit: Audit, path: Path | None = None) -> WordList:
    """The list that an audit's images are compared with: the file that is given, else `words.txt` in the audit's
    folder, else Hardlook's own. Raises BadInput."""
    of_audit = audit.path / AUDITS
    return read_word_list(path or (of_audit if of_audit.is_file() else None))


def read_word_list(path: Path | None = None) -> WordList:
    """The words of a text file in UTF-8, None for those of Hardlook; of a word that comes again, the first line counts.

    A line is a word, or a word, a tab and the text that stands for it: without, "a photo of a WORD", as for classes.
    Blank lines, and those that begin with #, are passed over. Raises BadInput naming the line that is no word.
    """
    file = OWN if path is None else path
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"The word list {str(file)!r} cannot be read: {error}.", A_LINE) from error
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        word, tab, text = line.partition("\t")
        word, text = word.strip(), text.strip()
        if not line.strip() or line.startswith("#"):
            continue
        if not word or (tab and not text) or max(len(word), len(text)) > LONGEST or not (word + text).isprintable():
            raise BadInput(f"Line {number} of the word list {str(file)!r} is {line[:60]!r}.", A_LINE)
        found.setdefault(word, text or prompt(word))
    if not 0 < len(found) <= MOST_WORDS:
        raise BadInput(
            f"The word list {str(file)!r} has {count(len(found))} words; 1 to {count(MOST_WORDS)} are taken."
        )
    return WordList(tuple(found), tuple(found.values()), "" if path is None else path.name)


def prompt(name: str) -> str:
    """The text that stands for a class or a word: CLIP's own."""
    return f"a photo of a {name.replace('_', ' ')}"
