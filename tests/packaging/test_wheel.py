"""What users install: the wheel, without extras, in an empty environment outside of the clone."""

import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.pages import ROOT, Reader, blocks

pytestmark = pytest.mark.xdist_group("wheel")  # it is built and installed once

_NO_INDEX = ("No matching distribution found", "Could not fetch", "error sending request", "Failed to fetch")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    _run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)])
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an empty environment in which the wheel is installed, and nothing but what it asks for."""
    environment = tmp_path_factory.mktemp("environment") / "venv"
    try:
        _install(wheel, environment)
    except subprocess.CalledProcessError as error:
        if any(sign in error.output for sign in _NO_INDEX) and os.environ.get("CI") != "true":
            pytest.skip(f"no package index can be reached for what the wheel needs: {error.output.splitlines()[-1]}")
        raise AssertionError(f"the wheel cannot be installed:\n{error.output}") from error
    return environment / ("Scripts" if os.name == "nt" else "bin")


def test_the_wheel_holds_what_is_no_code_and_nothing_but_the_package(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"dawam"}
    assert "dawam/py.typed" in names
    assert "dawam/stores/sqlite/statements.sql" in names
    assert any(name.endswith("/LICENSE") for name in names)


def test_it_brings_few_and_light_dependencies(programs: Path, tmp_path: Path) -> None:
    listing = Reader(tmp_path, programs).run(
        "python -c 'from importlib.metadata import distributions as d; print(*(e.name.lower() for e in d()))'"
    )
    assert set(listing.split()) - {"pip", "setuptools", "wheel", "typing_extensions"} == {
        "dawam", "msgspec", "dishka", "click",
    }  # fmt: skip


def test_the_readme_can_be_followed_where_only_the_wheel_is_installed(programs: Path, tmp_path: Path) -> None:
    assert Reader(tmp_path, programs).follow(ROOT / "README.md") == 2


def test_the_first_command_of_the_readme_shows_the_demo(programs: Path, tmp_path: Path) -> None:
    first = blocks(ROOT / "README.md")[0].text.partition("#")[0]
    assert first.split() == ["pip", "install", ".", "&&", "dawam", "demo"]
    assert "kill -9" in Reader(tmp_path, programs).run("dawam demo")


def test_dawam_new_writes_a_program_that_runs(programs: Path, tmp_path: Path) -> None:
    reader = Reader(tmp_path, programs)
    reader.run("dawam new first.py")
    assert reader.run("python first.py").strip() == "Hello Amal! Hello Amal!"


def _install(wheel: Path, environment: Path) -> None:
    uv = shutil.which("uv")
    if importlib.util.find_spec("ensurepip") is None and uv is not None:
        _run([uv, "venv", "--quiet", "--python", sys.executable, str(environment)])
        _run([uv, "pip", "install", "--quiet", "--python", str(environment), str(wheel)])
        return
    _run([sys.executable, "-m", "venv", str(environment)])
    pip = [str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run([*pip, "--retries", "1", "--timeout", "10", str(wheel)])


def _run(command: Sequence[str]) -> None:
    """Runs it outside of the clone, so that nothing is found there by accident."""
    subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT.parent)
