from __future__ import annotations

from pages.components.widgets.download import as_csv, file_stem


def test_numbers_keep_their_precision_and_texts_their_commas() -> None:
    assert as_csv(["class", "error"], [("a, b", 0.1 + 0.2), ("c", None)]) == (
        'class,error\n"a, b",0.30000000000000004\nc,\n'
    )


def test_a_name_that_a_spreadsheet_would_run_is_text_and_a_negative_number_stays_one() -> None:
    assert as_csv(["=1+1"], [("@x",), ("-1",), (-1.5,)]) == "'=1+1\n'@x\n'-1\n-1.5\n"


def test_a_file_name_holds_nothing_of_a_path() -> None:
    assert file_stem("../../etc/pass wd: <b>") == "etc-pass-wd-b"
    assert file_stem("///") == "hardlook"
