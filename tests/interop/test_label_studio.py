"""Label Studio's server takes our tasks, and each of its exports gives the same decisions."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from core.errors import BadInput
from core.pipeline.export import export, import_decisions
from core.reviews import By, Decision, ReviewedImage, ReviewState, current, decide, open_journal
from core.store import views
from core.store.audit import Audit
from tests.audits import build_audit
from tests.interop.conftest import Program
from tests.interop.environments import folder
from tests.pictures import Heard

pytestmark = pytest.mark.interop

CLASSES = ("paper", "metal", "007", "T-shirt/top")
KEYS = tuple(f"k/{i}.png" for i in range(8))
TOKEN = "0123456789abcdef0123456789abcdef01234567"
FORMS = {"JSON": "json", "JSON_MIN": "json", "CSV": "csv", "TSV": "tsv"}


class Studio:
    """A running server on 127.0.0.1."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"

    def ask(self, method: str, path: str, body: Any = None) -> bytes:
        headers = {"Authorization": f"Token {TOKEN}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(self.address + path, data, headers, method=method), timeout=60) as answer:
            return bytes(answer.read())

    def up(self) -> bool:
        try:
            return b"UP" in self.ask("GET", "/health")
        except (URLError, OSError):
            return False

    def project(
        self, tasks: Any, control: str = "label", classes: tuple[str, ...] = CLASSES
    ) -> tuple[int, dict[str, int]]:
        """A new project with our tasks: its number, and the number of each task by the image's key."""
        every = "".join(f'<Choice value="{name}"/>' for name in classes)
        config = (
            '<View><Image name="image" value="$image"/>'
            f'<Choices name="{control}" toName="image" choice="multiple">{every}</Choices></View>'
        )
        number = json.loads(self.ask("POST", "/api/projects", {"title": "labels", "label_config": config}))["id"]
        self.ask("POST", f"/api/projects/{number}/import", tasks)
        made = json.loads(self.ask("GET", f"/api/tasks?project={number}&page_size=100&fields=all"))["tasks"]
        return number, {task["data"].get("key", task["data"]["image"]): task["id"] for task in made}

    def answer(self, task: int, *choices: str, control: str = "label", **more: Any) -> None:
        result = {"from_name": control, "to_name": "image", "type": "choices", "value": {"choices": list(choices)}}
        self.ask("POST", f"/api/tasks/{task}/annotations/", {"result": [result], "lead_time": 2.5, **more})

    def export(self, number: int, form: str, to: Path) -> Path:
        file = to / f"{form}.{FORMS[form]}"
        file.write_bytes(self.ask("GET", f"/api/projects/{number}/export?exportType={form}"))
        return file


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    from tests.interop.environments import python_of

    python = python_of("label-studio")
    if python is None:
        pytest.skip("label-studio has no environment; `make interop` makes it")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = folder("label-studio") / "home"  # kept: making the database anew takes minutes
    home.mkdir(exist_ok=True)
    quiet = {"COLLECT_ANALYTICS": "false", "LATEST_VERSION_CHECK": "false", "SENTRY_DSN": "", "FRONTEND_SENTRY_DSN": ""}
    served = {"LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED": "true", "LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT": "/"}
    command = [
        str(python.parent / "label-studio"), "start", "--no-browser", "--internal-host", "127.0.0.1", "--port",
        str(port), "--data-dir", str(home), "--username", "someone@example.org", "--password", "a long password",
        "--user-token", TOKEN, "--enable-legacy-api-token",
    ]  # fmt: skip
    log = (tmp_path_factory.mktemp("studio") / "log").open("w+")
    environment = {**os.environ, **quiet, **served, "HOME": str(home)}
    server = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        running, until = Studio(port), time.monotonic() + 500
        while not running.up():
            if server.poll() is not None or time.monotonic() > until:
                log.seek(0)
                raise AssertionError(f"Label Studio did not start:\n{log.read()[-3000:]}")
            time.sleep(1)
        yield running
    finally:
        server.terminate()
        server.wait(30)
        log.close()


def fresh(tmp_path: Path, name: str) -> Audit:
    """The same eight images of four classes in an audit without a journal."""
    return build_audit(tmp_path / name, n=8, runs=False, classes=CLASSES, files=KEYS).audit


def states(audit: Audit) -> dict[str, tuple[str, str | None, str | None, str]]:
    journal = open_journal(audit)
    try:
        found: dict[str, ReviewState] = current(journal)
    finally:
        journal.close()
    return {key: (one.verdict, one.label, one.second_label, one.reviewer) for key, one in found.items()}


def tasks_of(audit: Audit, tmp_path: Path) -> Any:
    export(audit, Heard(), "labelstudio", tmp_path / "tasks.json")
    return json.loads((tmp_path / "tasks.json").read_text())


@pytest.mark.parametrize("control", ["label", "choice", "zz"])
def test_every_export_of_the_server_gives_the_same_decisions(studio: Studio, tmp_path: Path, control: str) -> None:
    tasks = [{"data": {**task["data"], "weather": "rain"}} for task in tasks_of(fresh(tmp_path, "out"), tmp_path)]
    number, of_key = studio.project(tasks, control)
    studio.answer(of_key[KEYS[0]], "metal", control=control)
    studio.answer(of_key[KEYS[1]], "007", control=control, ground_truth=True)
    studio.answer(of_key[KEYS[2]], "paper", "T-shirt/top", control=control)
    studio.answer(of_key[KEYS[3]], "paper", control=control)
    decided = {}
    for form in FORMS:
        audit = fresh(tmp_path, form)
        done = import_decisions(audit, Heard(), studio.export(number, form, tmp_path))
        assert done.taken == 4, form
        decided[form] = states(audit)
    assert decided["JSON"][KEYS[0]][1] == "metal"
    assert decided["JSON"][KEYS[1]][1] == "007"
    assert decided["JSON"][KEYS[2]][0] == "ambiguous"
    assert all(each == decided["JSON"] for each in decided.values()), decided


def test_reviewers_keep_their_names_and_times_through_the_server(studio: Studio, tmp_path: Path) -> None:
    first = fresh(tmp_path, "first")
    hub, journal = views.open_hub(first), open_journal(first)
    hashes, names = views.column(hub, "content_hash"), views.classes(hub)
    for i, key in enumerate(views.column(hub, "key").tolist()[:6]):
        given = names[int(views.labels(hub)[i])]
        picture = ReviewedImage(key, str(hashes[i]), given)
        label = next(name for name in CLASSES if name != given)
        decide(journal, Decision(picture, "relabelled", label), By("ann" if i % 2 else "bob@example.org"))
    before = current(journal)
    journal.close()
    number, of_key = studio.project(tasks_of(first, tmp_path))
    studio.answer(of_key[KEYS[7]], "metal")
    for form in FORMS:
        audit = fresh(tmp_path, f"again {form}")
        import_decisions(audit, Heard(), studio.export(number, form, tmp_path))
        journal = open_journal(audit)
        after = current(journal)
        journal.close()
        assert {key: (one.label, one.reviewer, one.time) for key, one in before.items()} == {
            key: (one.label, one.reviewer, one.time) for key, one in after.items() if key in before
        }, form
        assert after[KEYS[7]].reviewer.isdecimal(), form  # the server's number of who answered there


@pytest.mark.parametrize("form", FORMS)
def test_tasks_without_our_key_are_refused_or_found_in_words(studio: Studio, tmp_path: Path, form: str) -> None:
    number, of_key = studio.project([{"data": {"image": "/data/upload/3/nowhere.png"}}])
    studio.answer(next(iter(of_key.values())), "metal")
    with pytest.raises(BadInput, match="fits no image"):
        import_decisions(fresh(tmp_path, "audit"), Heard(), studio.export(number, form, tmp_path))


@pytest.mark.parametrize("form", FORMS)
def test_a_choice_renamed_in_the_project_is_offered_the_class_it_means(
    studio: Studio, tmp_path: Path, form: str
) -> None:
    audit = fresh(tmp_path, "audit")
    number, of_key = studio.project(tasks_of(audit, tmp_path), classes=("metals", "paper"))
    studio.answer(of_key[KEYS[0]], "metals")
    studio.answer(of_key[KEYS[1]], "paper")
    file = studio.export(number, form, tmp_path)
    with pytest.raises(BadInput) as refused:
        import_decisions(audit, Heard(), file)
    assert "--map metals=metal" in str(refused.value)
    assert "--add-class" not in str(refused.value)
    assert import_decisions(audit, Heard(), file, mapping={"metals": "metal"}).taken == 2


def test_the_server_serves_the_images_of_our_tasks(studio: Studio, tmp_path: Path) -> None:
    audit = fresh(tmp_path, "audit")
    tasks = tasks_of(audit, tmp_path)
    number, _ = studio.project(tasks)
    path = str(views.column(views.open_hub(audit), "path")[0])
    place = {"project": number, "path": str(Path(path).parent), "use_blob_urls": True, "title": "images"}
    studio.ask("POST", "/api/storages/localfiles", place)
    assert studio.ask("GET", tasks[0]["data"]["image"]) == Path(path).read_bytes()


def test_its_program_is_the_one_that_is_tested(program: Callable[[str], Program]) -> None:
    python = program("label-studio").python
    version = subprocess.run(
        [str(python), "-c", "from importlib.metadata import version; print(version('label-studio'))"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert version.stdout.startswith("1.23")
