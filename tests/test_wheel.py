"""The wheel, installed where the checkout is not: what is in it, and that it works."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
UNREACHABLE = re.compile(
    r"No matching distribution found for hatchling|Could not find a version|ConnectionError"
    r"|Temporary failure in name resolution|NewConnectionError"
)


def run(*words: str | Path, at: Path) -> subprocess.CompletedProcess[str]:
    """A command in the folder `at`, with nothing of this process's Python in its environment."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    env.pop("VIRTUAL_ENV", None)
    return subprocess.run(
        list(map(str, words)), cwd=at, env=env, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    at_hand = ["--no-isolation"] if importlib.util.find_spec("hatchling") else []
    words = [sys.executable, "-m", "build", "--wheel", *at_hand, "--outdir", folder, ROOT]
    done = run(*words, at=folder)
    said = done.stdout + done.stderr
    if done.returncode and not at_hand and UNREACHABLE.search(said):
        pytest.skip("hatchling is neither installed nor to be had, so no wheel can be built")
    assert done.returncode == 0, said
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of an environment with the wheel in it, and what it depends on within sight."""
    folder = tmp_path_factory.mktemp("elsewhere") / "venv"
    done = run(sys.executable, "-m", "venv", "--without-pip", folder, at=folder.parent)
    assert done.returncode == 0, done.stderr
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    words = [sys.executable, "-m", "pip", "--python", scripts / "python", "install", "--quiet"]
    words += ["--no-deps", "--no-index", "--disable-pip-version-check", wheel]
    done = run(*words, at=folder.parent)
    assert done.returncode == 0, done.stderr
    (site,) = (
        folder.glob("lib/python*/site-packages")
        if os.name != "nt"
        else [folder / "Lib/site-packages"]
    )
    # A folder that a .pth names is searched, but its own .pth files, by which the checkout is
    # found, are not read.
    ours = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site / "within-sight.pth").write_text("\n".join(sorted(ours)) + "\n")
    return scripts


def test_the_wheel_has_all_that_is_read_and_nothing_else(wheel: Path) -> None:
    """Modules, templates, catalogues and examples; no tests, no scripts."""
    names = set(zipfile.ZipFile(wheel).namelist())
    inside = {name for name in names if ".dist-info/" not in name}
    data = {
        "derive/templates/html/body.html", "derive/templates/html/page.html",
        "derive/templates/html/page.css", "derive/templates/pdf/page.html",
        "derive/templates/pdf/page.css", "derive/language/zh.toml", "derive/language/en.toml",
        "derive/problem/examples/mazur-2015.toml",
        "derive/problem/examples/mazur-2015.published.toml", "derive/__main__.py",
    }  # fmt: skip
    assert data <= inside
    kinds = ("*.py", "*.toml", "py.typed")
    sources = [path for kind in kinds for path in (ROOT / "derive").rglob(kind)]
    expected = {path.relative_to(ROOT).as_posix() for path in sources}
    templates = [path for path in (ROOT / "templates").rglob("*") if path.is_file()]
    expected |= {f"derive/{path.relative_to(ROOT).as_posix()}" for path in templates}
    assert inside == expected
    assert any(name.endswith("/licenses/LICENSE") for name in names)


def test_the_wheel_is_called_derive_backprop_and_the_command_derive(wheel: Path) -> None:
    """`derive` is taken on the package index; import and command have it all the same."""
    archive = zipfile.ZipFile(wheel)
    assert wheel.name.startswith("derive_backprop-")
    (metadata,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
    text = archive.read(metadata).decode("utf-8")
    assert "\nName: derive-backprop\n" in text
    assert "\nRequires-Python: >=3.11\n" in text
    (points,) = (name for name in archive.namelist() if name.endswith("/entry_points.txt"))
    assert "derive = derive.cli:main" in archive.read(points).decode("utf-8")


def test_what_is_imported_is_required(wheel: Path) -> None:
    """Every package that a module imports stands among the requirements."""
    archive = zipfile.ZipFile(wheel)
    imported = set()
    for name in archive.namelist():
        if not name.endswith(".py"):
            continue
        for node in ast.walk(ast.parse(archive.read(name))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                imported.add(node.module.partition(".")[0])
    others = imported - sys.stdlib_module_names - {"derive"}
    (metadata,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
    lines = archive.read(metadata).decode("utf-8").splitlines()
    plain = [
        line for line in lines if line.startswith("Requires-Dist: ") and "extra ==" not in line
    ]
    required = {re.split(r"[^\w.-]", line.removeprefix("Requires-Dist: "))[0] for line in plain}
    # Parts of what is required, which are imported beside it.
    parts = {"weasyprint": {"pydyf", "tinycss2"}, "jinja2": {"markupsafe"}}
    required |= {part for whole in parts if whole in required for part in parts[whole]}
    known = packages_distributions()
    lacking = {
        name for name in others if not {dist.lower() for dist in known.get(name, [])} & required
    }
    assert others
    assert not lacking


def test_the_wheel_writes_the_page_and_the_pdf(elsewhere: Path, tmp_path: Path) -> None:
    """`derive report --net 2-2-2`, far from the checkout."""
    where = "import derive, sys; print(derive.__file__); print(*sys.path, sep='\\n')"
    found = run(elsewhere / "python", "-c", where, at=tmp_path)
    place, *path = found.stdout.splitlines()
    assert Path(place).is_relative_to(elsewhere.parent)
    assert str(ROOT) not in path
    done = run(elsewhere / "derive", "report", "--net", "2-2-2", "--iterations", "2", at=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["output/2-2-2.html", "output/2-2-2.pdf"]
    page = (tmp_path / "output" / "2-2-2.html").read_text("utf-8")
    assert "0.291027774" in page
    assert (tmp_path / "output" / "2-2-2.pdf").read_bytes().startswith(b"%PDF-")
    done = run(elsewhere / "derive", "examples", at=tmp_path)
    assert done.stdout.startswith("mazur-2015 ")
