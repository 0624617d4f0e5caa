"""What the machine does to a run: full disks, interrupts, readers that go, libraries that lack."""

from __future__ import annotations

import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.program import CLASSIC, PROGRAM, faults, files, good, run

FULL = Path("/dev/full")
LONG = ["trace", "--net", "2-2-2", "--iterations", "100000000", "--every", "100000"]
"""A training of minutes."""

UNBUFFERED = {"PYTHONUNBUFFERED": "1"}
"""Python then writes at once, and looks only once how much of it was taken."""
PAGE = ["report", "--net", "2-2-2", "--iterations", "1", "--to", "html", "-o", "-"]

needs_posix = pytest.mark.skipif(os.name != "posix", reason="signals and limits of POSIX")


@pytest.fixture(autouse=True)
def heeded() -> Iterator[None]:
    """Processes heed signals even where the tests run in the background, which ignores some."""
    numbers = [signal.SIGINT, signal.SIGHUP] if os.name == "posix" else []
    ignored = [number for number in numbers if signal.getsignal(number) is signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, signal.SIG_DFL)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)


needs_full = pytest.mark.skipif(not FULL.is_char_device(), reason="no /dev/full")


def small_files_only() -> None:
    """In the child: a file may grow to 20,000 bytes, and no signal says so."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))


WRITTEN = {
    "a trace": ("trace.json", ["trace", "--net", "2-2-2", "--iterations", "99", "--json"]),
    "a page": ("page.html", ["report", "--net", "2-2-2", "--iterations", "1", "-o"]),
    "a PDF": ("page.pdf", ["report", "--net", "2-2-2", "--iterations", "1", "-o"]),
}


@needs_posix
@pytest.mark.parametrize("what", WRITTEN)
def test_a_file_that_does_not_fit_on_the_disk_is_not_written_by_half(
    what: str, tmp_path: Path
) -> None:
    """Status 1, one line, what was there before is there still, and no draft beside it."""
    name, words = WRITTEN[what]
    (tmp_path / name).write_text("of yesterday")
    # Compiled modules are files too.
    done = run(
        *words, name, at=tmp_path, preexec_fn=small_files_only, env={"PYTHONDONTWRITEBYTECODE": "1"}
    )
    (found,) = faults(done, status=1)
    assert re.fullmatch(rf"{name}: cannot be (made|written): File too large", found)
    assert done.stdout == b""
    assert files(tmp_path) == [name]
    assert (tmp_path / name).read_text() == "of yesterday"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB, where this user may have one."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no small disk can be mounted here")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_the_systems_fault(small_disk: Path) -> None:
    """Status 1, one line, and the disk as empty as it was."""
    words = ["trace", "--net", "2-2-2", "--iterations", "999", "--json", "disk/trace.json"]
    found = faults(run(*words, at=small_disk.parent), status=1)
    assert found == ["disk/trace.json: cannot be written: No space left on device"]
    assert files(small_disk) == []


@needs_full
@pytest.mark.parametrize(
    "words",
    [
        ["examples"],
        ["--help"],
        ["completion", "bash"],
        ["trace", "--net", "2-2-2", "--iterations", "99"],
        ["trace", "--net", "2-2-2", "--iterations", "99", "--json", "-"],
        ["report", "--net", "2-2-2", "--iterations", "1", "--to", "html", "-o", "-"],
        ["new", "-"],
    ],
    ids=" ".join,
)
def test_a_full_standard_output_is_the_systems_fault(words: list[str], tmp_path: Path) -> None:
    """Redirected to where nothing can be written: status 1 and one line."""
    with FULL.open("wb") as full:
        found = faults(run(*words, at=tmp_path, stdout=full, env=UNBUFFERED), status=1)
    assert found == ["the standard output: No space left on device"]


@needs_full
def test_a_device_is_written_and_never_replaced(tmp_path: Path) -> None:
    """A link to a device stays one; the fault is the device's."""
    link = tmp_path / "trace.json"
    link.symlink_to(FULL)
    done = run("trace", "--net", "2-2-2", "--iterations", "1", "--json", link, at=tmp_path)
    assert faults(done, status=1) == [f"{link}: cannot be written: No space left on device"]
    assert link.is_symlink()
    assert link.is_char_device()


@needs_posix
def test_a_pipe_is_written_as_it_is(tmp_path: Path) -> None:
    """`--json` to a named pipe feeds whoever reads it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    words = ["trace", "--net", "2-2-2", "--iterations", "1", "--quiet", "--json", str(pipe)]
    with subprocess.Popen([*PROGRAM, *words], cwd=tmp_path) as process:
        text = pipe.read_text()
    assert process.returncode == 0
    assert text.startswith('{"format": 1')
    assert pipe.is_fifo()


def test_a_link_is_followed(tmp_path: Path) -> None:
    """A file reached through a link is replaced, and the link is kept."""
    (tmp_path / "far").mkdir()
    link = tmp_path / "trace.json"
    link.symlink_to(tmp_path / "far" / "trace.json")
    good("trace", "--net", "2-2-2", "--iterations", "1", "--json", link, at=tmp_path)
    assert link.is_symlink()
    assert files(tmp_path) == ["far/trace.json", "trace.json"]
    assert link.read_text().startswith('{"format": 1')


TRACE = ["trace", "--net", "2-2", "--json"]


def test_a_link_in_a_circle_is_refused(tmp_path: Path) -> None:
    """Nothing takes its place."""
    link = tmp_path / "trace.json"
    link.symlink_to("trace.json")
    (found,) = faults(run(*TRACE, "trace.json", at=tmp_path))
    assert found == "trace.json: is a link that leads back to itself; name another place"
    assert link.is_symlink()


@needs_posix
def test_a_file_that_is_written_over_keeps_its_mode(tmp_path: Path) -> None:
    """What its owner alone may read stays so; a new file has the mode of all new files."""
    secret = tmp_path / "secret.json"
    secret.touch(0o600)
    secret.chmod(0o600)
    good(*TRACE, "secret.json", at=tmp_path)
    assert secret.stat().st_size > 100
    assert secret.stat().st_mode & 0o777 == 0o600
    good(*TRACE, "new.json", at=tmp_path, preexec_fn=lambda: os.umask(0o027))
    assert (tmp_path / "new.json").stat().st_mode & 0o777 == 0o640


@needs_posix
def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path) -> None:
    """Its draft, and its folder of fonts among the temporary files; not those of a living one."""
    (tmp_path / ".derive.notes.part").touch()
    temporary = tmp_path / "tmp"
    (temporary / "weasyprint-others").mkdir(parents=True)
    env = {"TMPDIR": str(temporary)}
    kept = files(tmp_path)
    words = [*PROGRAM, "trace", "--net", "2-2-2", "--iterations", "50000", "--json"]
    more = {"cwd": tmp_path, "env": {**os.environ, **env}}
    pdf = [*PROGRAM, "report", "--net", "2-2-2", "--iterations", "1", "--to", "pdf", "-o", "x.pdf"]
    with subprocess.Popen([*words, "a.json"], **more) as killed:
        wait_for_draft(killed, tmp_path)
        killed.kill()
    with subprocess.Popen(pdf, **more) as killed:
        for _ in range(2_000):
            if list(temporary.glob("derive-run-*/weasyprint-*/*")):
                break
            assert killed.poll() is None
            time.sleep(0.01)
        killed.kill()
    left = set(files(tmp_path)) - set(kept)
    assert {name[:14] for name in left if not name.endswith(".part")} == {"tmp/derive-run"}
    assert len([name for name in left if name.endswith(".part")]) == 1
    with subprocess.Popen([*words, "b.json"], **more) as living:
        for _ in range(2_000):
            drafts = set(tmp_path.glob(".derive.????????.part"))
            if drafts and not drafts & {tmp_path / name for name in left}:
                break
            time.sleep(0.01)
        good(*pdf[len(PROGRAM) :], at=tmp_path, env=env)
        assert set(tmp_path.glob(".derive.????????.part")) == drafts
        assert living.poll() is None
        living.terminate()
    assert files(tmp_path) == sorted([*kept, "x.pdf"])
    assert [path.name for path in temporary.iterdir()] == ["weasyprint-others"]


def wait_for_draft(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Until something is being written in `folder`."""
    for _ in range(2_000):
        if any(path.stat().st_size for path in folder.glob(".*.part")):
            return
        assert process.poll() is None, "the run ended before it could be interrupted"
        time.sleep(0.01)
    raise AssertionError("nothing was written")


def wait_for_start(process: subprocess.Popen[bytes]) -> None:
    """Until Python is up and the program answers to signals."""
    status = Path(f"/proc/{process.pid}/status")
    if not status.exists():
        time.sleep(2)
        return
    for _ in range(2_000):
        caught = re.search(r"^SigCgt:\s*([0-9a-f]+)$", status.read_text(), re.MULTILINE)
        if caught and int(caught[1], 16) >> (signal.SIGTERM - 1) & 1:
            return
        time.sleep(0.01)
    raise AssertionError("the program did not start")


def told(process: subprocess.Popen[bytes]) -> bytes:
    """What a process said on its standard error, once it has ended."""
    return process.communicate(timeout=60)[1]


@needs_posix
@pytest.mark.parametrize(
    ("number", "status", "said"),
    [
        (signal.SIGINT, 130, b"derive: interrupted\n"),
        (signal.SIGTERM, 143, b""),
        (signal.SIGHUP, 129, b""),
    ],
)
def test_a_signal_while_writing_leaves_no_half_file(
    number: int, status: int, said: bytes, tmp_path: Path
) -> None:
    """The draft is removed, what was there before stays, and the status says what happened."""
    (tmp_path / "trace.json").write_text("of yesterday")
    words = ["trace", "--net", "2-2-2", "--iterations", "150000", "--json", "trace.json"]
    with subprocess.Popen([*PROGRAM, *words], cwd=tmp_path, stderr=subprocess.PIPE) as process:
        wait_for_draft(process, tmp_path)
        process.send_signal(number)
        assert told(process) == said
    assert process.returncode == status
    assert files(tmp_path) == ["trace.json"]
    assert (tmp_path / "trace.json").read_text() == "of yesterday"


@needs_posix
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_while_training_ends_the_run(number: int, status: int, tmp_path: Path) -> None:
    """A long training stops at once, with the shell's status for it and without a traceback."""
    words = [*LONG, "--json", "trace.json"]
    with subprocess.Popen([*PROGRAM, *words], cwd=tmp_path, stderr=subprocess.PIPE) as process:
        wait_for_start(process)
        time.sleep(0.5)
        assert process.poll() is None
        process.send_signal(number)
        assert b"Traceback" not in told(process)
    assert process.returncode == status
    assert files(tmp_path) == []


@needs_posix
def test_a_signal_that_is_ignored_stays_ignored(tmp_path: Path) -> None:
    """Under `nohup` the end of the terminal does not end the training."""
    words = [*PROGRAM, *LONG, "--json", "trace.json"]
    with subprocess.Popen(
        words, cwd=tmp_path, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)
    ) as process:
        wait_for_start(process)
        process.send_signal(signal.SIGHUP)
        time.sleep(0.3)
        assert process.poll() is None
        process.terminate()


@needs_posix
def test_an_interrupt_while_a_report_is_made_leaves_nothing(tmp_path: Path) -> None:
    """At whatever moment it comes: one line, status 130, no file of any kind."""
    words = ["report", "--net", "2-2-2", "--iterations", "1", "--to", "pdf"]
    for seconds in (0, 0.02, 0.05, 0.1, 0.3, 0.6, 0.9):
        with subprocess.Popen([*PROGRAM, *words], cwd=tmp_path, stderr=subprocess.PIPE) as process:
            wait_for_start(process)
            time.sleep(seconds)
            assert process.poll() is None
            process.send_signal(signal.SIGINT)
            assert told(process) == b"derive: interrupted\n"
        assert process.returncode == 130
        assert files(tmp_path) == []


@needs_posix
@pytest.mark.parametrize("env", [{}, UNBUFFERED], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize(
    "words",
    [["trace", "--net", "2-2-2", "--iterations", "2000", "--json", "-"], PAGE],
    ids=["trace", "report"],
)
def test_a_reader_that_goes_early_ends_the_run_quietly(
    words: list[str], env: dict[str, str], tmp_path: Path
) -> None:
    """`derive … | head -c 10`: nothing said at all, and the shell's status for it."""
    with subprocess.Popen(
        [*PROGRAM, *words], cwd=tmp_path, env={**os.environ, **env},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        assert len(os.read(process.stdout.fileno(), 10)) == 10
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 141


@needs_posix
@pytest.mark.parametrize("env", [{}, UNBUFFERED], ids=["buffered", "unbuffered"])
def test_half_a_page_on_the_standard_output_is_a_fault(env: dict[str, str], tmp_path: Path) -> None:
    """The file behind it takes 20,000 bytes of the page and no more."""
    env = {**env, "PYTHONDONTWRITEBYTECODE": "1"}
    with (tmp_path / "page.html").open("wb") as file:
        done = run(*PAGE, at=tmp_path, stdout=file, preexec_fn=small_files_only, env=env)
    assert faults(done, status=1) == ["the standard output: File too large"]


@needs_posix
@pytest.mark.parametrize(
    "words",
    [["examples"], ["new", "-"], ["trace", "--net", "2-2", "--json", "-"], PAGE],
    ids=["examples", "new", "trace", "report"],
)
def test_a_closed_standard_output_is_the_systems_fault(words: list[str], tmp_path: Path) -> None:
    """`derive … >&-`: status 1, one line, and nothing of it in another file."""
    done = run(*words, at=tmp_path, stdout=None, preexec_fn=lambda: os.close(1))
    assert faults(done, status=1) == ["the standard output: Bad file descriptor"]
    assert files(tmp_path) == []


@needs_posix
def test_closed_streams_that_are_not_needed_harm_nothing(tmp_path: Path) -> None:
    """With all three closed a file is written all the same; a fault is still a status."""

    def close() -> None:
        for number in range(3):
            os.close(number)

    words = ["trace", "--net", "2-2", "--quiet", "--json", "t.json"]
    more = {"stdout": None, "stderr": None, "preexec_fn": close}
    assert run(*words, at=tmp_path, **more).returncode == 0
    assert (tmp_path / "t.json").read_text().startswith('{"format": 1')
    assert run("trace", "--net", "2", at=tmp_path, **more).returncode == 2


@needs_full
def test_a_fault_that_cannot_be_told_is_still_a_status(tmp_path: Path) -> None:
    """The standard error on a full disk: no line, and status 2."""
    with FULL.open("wb") as full:
        assert run("trace", "--net", "2", at=tmp_path, stderr=full).returncode == 2


def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    """No permission is the system's fault: status 1."""
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o555)
    if os.access(folder, os.W_OK):
        pytest.skip("this user may write everything")
    done = run("new", "closed/problem.toml", at=tmp_path)
    assert faults(done, status=1) == ["closed/problem.toml: cannot be written: Permission denied"]


@pytest.fixture
def no_pango(tmp_path: Path) -> dict[str, str]:
    """An environment where WeasyPrint is there and the Pango that it loads is not."""
    package = tmp_path / "lacking" / "weasyprint"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(
        "raise OSError(\"cannot load library 'libpango-1.0-0'\\nand a second line of it\")\n"
    )
    return {"PYTHONPATH": str(package.parent)}


def test_without_pango_the_page_is_written_and_one_line_says_what_lacks(
    no_pango: dict[str, str], tmp_path: Path
) -> None:
    """Status 0, for the page is there; the line names the PDF, Pango and where to read on."""
    folder = tmp_path / "here"
    folder.mkdir()
    done = run("report", "--net", "2-2-2", "--iterations", "1", at=folder, env=no_pango)
    found = faults(done, status=0)
    assert len(found) == 1
    assert found[0].startswith("output/2-2-2.pdf: not written: a PDF needs Pango")
    assert found[0].endswith("the README says how")
    assert done.stdout == b"output/2-2-2.html\n"
    assert files(folder) == ["output/2-2-2.html"]


@pytest.mark.parametrize("words", [["--to", "pdf"], ["-o", "x.pdf"], ["--to", "html,pdf"]])
def test_without_pango_a_pdf_that_was_asked_for_is_a_fault(
    words: list[str], no_pango: dict[str, str], tmp_path: Path
) -> None:
    """Status 1 and one line."""
    folder = tmp_path / "here"
    folder.mkdir()
    done = run("report", "--net", "2-2-2", "--iterations", "1", *words, at=folder, env=no_pango)
    found = faults(done, status=1)
    assert len(found) == 1
    assert "a PDF needs Pango" in found[0]
    assert not [name for name in files(folder) if name.endswith((".pdf", ".part"))]


def test_hostile_text_in_a_problem_is_text_in_the_page(tmp_path: Path) -> None:
    """The name of a file reaches the page by the command in it, and reaches it as text."""
    name = '<script>alert("1")<!-- &amp; $(touch x).toml'
    (tmp_path / name).write_text(CLASSIC)
    words = ["--iterations", "1", "--to", "html", "--", name]
    good("report", *words, at=tmp_path)
    page = (tmp_path / "output" / f"{Path(name).stem}.html").read_text()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(" in page
    assert sorted(files(tmp_path)) == sorted([name, f"output/{Path(name).stem}.html"])
    shutil.rmtree(tmp_path / "output")
