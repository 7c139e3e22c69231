"""What the engine ray is refused with before anything of Ray is loaded or reached."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import socket
import tempfile
from pathlib import Path
from typing import Any

import pytest

from core.engines import ray_address
from core.engines.choice import ENGINES, EngineChoice
from core.engines.jobs import Work
from core.engines.ray_actors import JobActor, ShardActor
from core.engines.ray_address import refuse_address, refuse_unreachable
from core.engines.ray_session import FOLDER, LONGEST, RaySession, own_folder
from core.errors import BadInput, ExtraMissing, HardlookError
from core.files.temporary import OWNER
from core.processes.identity import own_mark
from core.progress import Quiet


@pytest.fixture(autouse=True)
def no_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if Ray were, wherever these tests run."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)


def test_without_ray_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ExtraMissing, match=re.escape("pip install 'hardlook[ray]'")):
        RaySession(None)


@pytest.mark.usefixtures("installed")
def test_a_cluster_is_never_spoken_to_without_a_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match=r"head:6379 needs a token.*RAY_AUTH_TOKEN is not set, and .*auth_token cannot"):
        RaySession("head:6379")
    named = tmp_path / "token"
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(named))
    with pytest.raises(BadInput, match=r"RAY_AUTH_TOKEN_PATH names .*cannot be read: No such file"):
        RaySession("head:6379")
    named.write_text("\n")
    with pytest.raises(BadInput, match="is empty"):
        RaySession("head:6379")
    named.write_text("secret\n")
    RaySession("head:6379")
    monkeypatch.delenv("RAY_AUTH_TOKEN_PATH")
    (tmp_path / ".ray").mkdir()
    (tmp_path / ".ray" / "auth_token").write_text("secret\n")
    RaySession("auto")
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    with pytest.raises(BadInput, match="RAY_AUTH_MODE is 'disabled'"):
        RaySession("head:6379")


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    "address", ["", "head", "ray://head:10001", "head:0", "head:99999", "head:x", "a b:1", "http://h:1"]
)
def test_what_is_no_address_is_refused_by_name(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_AUTH_TOKEN", "secret")
    with pytest.raises(BadInput, match=re.escape(f"--ray-address is {address!r}")):
        refuse_address(address)
    for good in ("auto", "head:6379", "10.0.0.1:6379", "[fe80::1]:6379", "head.example.org:6379"):
        refuse_address(good)


def test_an_address_where_nothing_listens_is_named_soon() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(HardlookError, match=f"No cluster can be reached at {address}: connection refused"):
            refuse_unreachable(address)
    with pytest.raises(HardlookError, match=r"reached at nowhere\.invalid:6379: "):
        refuse_unreachable("nowhere.invalid:6379")


@pytest.mark.slow
def test_what_listens_and_is_no_cluster_is_named_within_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_address, "REACH_WITHIN", 5.0)
    monkeypatch.setenv("RAY_AUTH_TOKEN", "secret")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(HardlookError, match=f"The cluster at {address} cannot be used: "):
            refuse_unreachable(address)


def begun(**how: Any) -> EngineChoice:
    choice = EngineChoice(**how)
    ENGINES[choice.engine](choice, 3, Quiet())
    return choice


@pytest.mark.usefixtures("installed")
def test_what_is_for_ray_alone_is_refused_elsewhere_and_gpus_have_a_size() -> None:
    for option, how in (("--ray-address", {"ray_address": "auto"}), ("--gpus-per-worker", {"gpus_per_worker": 0.5})):
        with pytest.raises(BadInput, match=f"{option} was given, and the engine is local"):
            begun(**how)
    for wrong in (0.0, -1.0, 1.5, float("nan"), float("inf")):
        with pytest.raises(BadInput, match="--gpus-per-worker is"):
            begun(engine="ray", gpus_per_worker=wrong)
    for right in (0.25, 1.0, 2.0, None):
        begun(engine="ray", gpus_per_worker=right)


def test_the_device_follows_the_gpus_that_a_worker_is_given() -> None:
    assert EngineChoice("local").device("auto") == "auto"
    assert EngineChoice("ray").device("auto") == "cpu"
    assert EngineChoice("ray", gpus_per_worker=0.5).device("auto") == "cuda"
    with pytest.raises(BadInput, match="--device cpu would use none"):
        EngineChoice("ray", gpus_per_worker=0.5).device("cpu")
    with pytest.raises(BadInput, match="gives a worker no GPU that is not asked for"):
        EngineChoice("ray").device("cuda")


class Elsewhere:
    """Ray, and an actor of it, on a machine with another Hardlook."""

    class exceptions:
        RayError = RuntimeError

    def get(self, reference: tuple[str, str], timeout: float | None) -> tuple[str, str]:
        return reference

    @property
    def hello(self) -> Any:
        return self

    def remote(self) -> tuple[str, str]:
        return "node-7", "0.0.1"


def test_another_hardlook_on_a_machine_of_the_cluster_is_named() -> None:
    there = Elsewhere()
    with pytest.raises(HardlookError, match=r"Hardlook is 0\.0\.1 on node-7 and .* here, which need not make the same"):
        ShardActor(there, there, lambda actor: None).started()


def test_what_may_be_of_a_machine_is_said_with_its_name(tmp_path: Path) -> None:
    for name in ("away-1", "wrong-2"):
        (tmp_path / name).touch()
    work = Work("tests.engines.toy", "make", (tmp_path, tmp_path / "log"))
    actor = JobActor("")
    assert actor.outcome(work, 1).error == f"On {socket.gethostname()}: The images of shard 1 are not there."
    assert actor.outcome(work, 2).error == "ZeroDivisionError: in shard 2"
    (tmp_path / "unfit").touch()
    assert JobActor("").outcome(work, 0).error.startswith(f"On {socket.gethostname()}: ")


def test_what_killed_drivers_left_is_removed_by_the_next_and_what_others_have_is_not() -> None:
    ended = own_mark().replace(f"{os.getpid()}-", "4194305-", 1)  # no system gives so high a number
    made = {mark: Path(tempfile.mkdtemp(prefix=FOLDER, dir="/tmp")) for mark in (ended, own_mark(), "")}
    for mark, folder in made.items():
        (folder / OWNER).write_text(mark)
        (folder / "logs").mkdir()
    try:
        with own_folder() as new:
            assert [folder.exists() for folder in made.values()] == [False, True, True]
            assert (new.stat().st_mode & 0o777, len(os.fsencode(new)) <= LONGEST) == (0o700, True)
        assert not new.exists()
    finally:
        for folder in made.values():
            shutil.rmtree(folder, ignore_errors=True)
