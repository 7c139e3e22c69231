from __future__ import annotations

import pytest

from core.answers.view.reader import Reader, open_reader
from tests.audits import Made, build_audit


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return build_audit(tmp_path_factory.mktemp("audits"), n=120)


@pytest.fixture(scope="session")
def reader(made: Made) -> Reader:
    return open_reader(made.audit)
