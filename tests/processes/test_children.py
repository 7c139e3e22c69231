"""Children end with their parent, however that ended, and only with it."""

from __future__ import annotations

import ast
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from core.processes.children import start, start_function

ROOT = Path(__file__).parents[2]
STARTERS = {
    "Popen", "get_context", "Process", "ProcessPoolExecutor", "Pool", "DataLoader", "fork", "forkpty", "system",
    "popen", "spawnv", "spawnve", "spawnvp", "posix_spawn", "posix_spawnp", "create_subprocess_exec",
    "create_subprocess_shell",
}  # fmt: skip
"""Names of functions that start a process."""

QUESTIONS = {"core/store/writer.py"}
"""Files that run a program of a few milliseconds and wait for it: Git's answer."""


def alive(process: int) -> bool:
    """Whether a process runs; one that has ended and waits for its parent does not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def ends(process: int, within: float = 5.0) -> bool:
    deadline = time.monotonic() + within
    while alive(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


BUSY = "import os; print(os.getpid(), flush=True)\nwhile True: sum(range(10**6))"
HOLDS_THE_LOCK = "import os; print(os.getpid(), flush=True); import re; re.match('(a*)*b', 'a' * 40)"
ASLEEP = "import os, time; print(os.getpid(), flush=True); time.sleep(100)"


def child_left_by(code: str, signal_number: int) -> int:
    """The process that a parent's code starts as `child`, which prints its id, once the parent was sent a signal."""
    waiting = "print(int(child.stdout.readline()), flush=True)\ntime.sleep(100)"
    program = f"import os, subprocess, sys, time\n{textwrap.dedent(code)}\n{waiting}"
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert alive(child)
        os.kill(parent.pid, signal_number)
    return child


@pytest.mark.parametrize("code", [BUSY, ASLEEP, HOLDS_THE_LOCK])
@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGTERM])
def test_a_program_ends_with_a_parent_that_was_killed(code: str, signal_number: int) -> None:
    child = child_left_by(
        f"""
            from core.processes.children import start
            child = start([sys.executable, "-P", "-c", {code!r}], stdout=subprocess.PIPE)
        """, signal_number,
    )  # fmt: skip
    assert ends(child)


def say_who_and_sleep(to: str) -> None:
    """What a process of multiprocessing runs below."""
    Path(to).write_text(str(os.getpid()))
    time.sleep(100)


def test_a_function_ends_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    said = tmp_path / "who"
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(f"""
            import time
            from core.processes.children import start_function
            from tests.processes.test_children import say_who_and_sleep
            if __name__ == "__main__":
                start_function(say_who_and_sleep, {str(said)!r})
                time.sleep(100)
        """)], cwd=ROOT,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not said.exists() or not said.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    child = int(said.read_text())
    parent.kill()
    parent.wait()
    assert ends(child)


def say_what_becomes_of_ctrl_c(to: str) -> None:
    """What a process of multiprocessing runs below: whether its first line could be interrupted, and the last."""
    blocked = signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    Path(to).write_text(f"{blocked} {signal.getsignal(signal.SIGINT) == signal.SIG_IGN}")


def test_a_function_never_hears_ctrl_c_not_even_while_its_modules_load(tmp_path: Path) -> None:
    """In a process of its own: the first child is started another way, with what keeps count of what is shared."""
    said = tmp_path / "said"
    program = textwrap.dedent(f"""
        import signal
        from core.processes.children import start_function
        from tests.processes.test_children import say_what_becomes_of_ctrl_c
        if __name__ == "__main__":
            start_function(say_what_becomes_of_ctrl_c, {str(said)!r}).join()
            print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []), signal.getsignal(signal.SIGINT))
    """)
    parent = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.read_text() == "True True"
    assert parent.stdout.split()[0] == "False", "the parent hears it as before"
    assert "default_int_handler" in parent.stdout


def test_a_child_outlives_the_thread_that_asked_for_it() -> None:
    """A page's thread ends when the page is drawn; what it had started goes on."""
    import threading

    children = []
    asking = threading.Thread(target=lambda: children.append(start([sys.executable, "-c", ASLEEP], stdout=-3)))
    asking.start()
    asking.join()
    (child,) = children
    try:
        assert not ends(child.pid, within=1.0)
    finally:
        child.kill()
        child.wait()


def test_without_the_kernels_help_the_pipe_tells_the_child() -> None:
    """As on systems other than Linux: the child is tied while `sys.platform` says it is none."""
    tied = "from core.processes.tied import tie; import sys, os; sys.platform = 'other'; "
    child = child_left_by(
        f"""
            theirs, ours = os.pipe()
            code = {tied!r} + f"tie({{os.getpid()}}, lambda: os.read({{theirs}}, 1)); " + {ASLEEP!r}
            child = subprocess.Popen([sys.executable, "-c", code], pass_fds=(theirs,), stdout=subprocess.PIPE)
        """, signal.SIGKILL,
    )  # fmt: skip
    assert ends(child)


def test_a_child_whose_parent_is_gone_before_it_is_tied_does_not_start() -> None:
    code = "from core.processes.tied import tie; tie(1 << 22, lambda: None); print('started')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")


def test_a_program_has_its_own_arguments_and_exit_code() -> None:
    child = start([sys.executable, "-c", "import sys; print(sys.argv, __name__); sys.exit(7)", "a", "-m"], stdout=-1)
    out, _ = child.communicate()
    assert (out.decode().strip(), child.returncode) == ("['-c', 'a', '-m'] __main__", 7)


def test_a_function_of_this_process_can_be_waited_for(tmp_path: Path) -> None:
    child = start_function(say_who_and_sleep, str(tmp_path / "who"))
    assert child.is_alive()
    child.terminate()
    child.join()
    assert child.exitcode == -signal.SIGTERM


def test_nothing_else_of_ours_starts_a_process() -> None:
    """`core/processes` alone does, so that no child is started that is not tied."""
    places = []
    for path in [ROOT / "app.py", *(ROOT / "core").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]:
        name = path.relative_to(ROOT).as_posix()
        if name.startswith("core/processes/") or name in QUESTIONS:
            continue
        places += [f"{name}: {word}" for word in started_in(path)]
    assert places == []


def started_in(path: Path) -> list[str]:
    """The calls in a file that start a process."""
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    words = [ast.unparse(call.func) for call in calls]
    return [
        word for word in words if word.startswith(("subprocess.", "os.exec")) or word.rpartition(".")[2] in STARTERS
    ]


def test_a_program_alone_is_not_interrupted_with_its_parent() -> None:
    for alone in (True, False):
        child = start([sys.executable, "-c", ASLEEP], stdout=subprocess.PIPE, alone=alone)
        try:
            assert child.stdout is not None
            child.stdout.readline()
            assert (os.getpgid(child.pid) == os.getpgid(0)) is not alone
        finally:
            child.kill()
            child.communicate()
