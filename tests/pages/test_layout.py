from __future__ import annotations

import pytest

from pages.components.layout.layout import as_text


@pytest.mark.parametrize("name", ["train-resnet8-0", "**bold** [l](http:!!e) $x$ :red[z]", "<img src=x>", "plain"])
def test_a_name_in_a_label_keeps_its_characters_each_that_markdown_reads_behind_a_backslash(name: str) -> None:
    escaped = as_text(name)
    assert escaped.replace("\\", "") == name
    assert all(escaped[i - 1] == "\\" for i, c in enumerate(escaped) if c in "*[]<>$:")
