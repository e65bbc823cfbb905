"""Finding the application that a command names, and saying what was found instead."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dawam.app import App
from dawam.cli.loading import configured_target, load_app
from dawam.errors import AppNotFoundError, RegistrationError

Write = Callable[[str, str], Path]

ONE = "from dawam.app import App\napp = App()\n"
TWO = "from dawam.app import App\nfirst = App()\nsecond = App()\n"


def refusal(target: str | None, folder: Path) -> str:
    with pytest.raises(AppNotFoundError) as refused:
        load_app(target, folder)
    return str(refused.value)


# ------------------------------------------------------------------------------------------------- found


@pytest.mark.parametrize("target", ["shop:app", "shop", "shop.py", "shop.py:app", "./shop.py"])
def test_an_app_is_found_by_module_or_file_with_or_without_its_name(folder: Path, write: Write, target: str) -> None:
    write("shop.py", ONE)

    loaded = load_app(target, folder)

    assert isinstance(loaded.app, App)
    assert loaded.app is sys.modules["shop"].app
    assert loaded.target == target


def test_a_factory_is_called_without_arguments(folder: Path, write: Write) -> None:
    write("shop.py", "from dawam.app import App\ndef create_app(): return App()\n")

    assert isinstance(load_app("shop:create_app", folder).app, App)


def test_an_app_may_be_an_attribute_of_something_in_the_module(folder: Path, write: Write) -> None:
    write("shop.py", "from dawam.app import App\nclass Site:\n    app = App()\n")

    assert isinstance(load_app("shop:Site.app", folder).app, App)


def test_without_a_target_pyproject_says_it(folder: Path, write: Write) -> None:
    write("shop.py", TWO)
    write("pyproject.toml", '[tool.dawam]\napp = "shop:second"\n')

    loaded = load_app(None, folder)

    assert loaded.app is sys.modules["shop"].second
    assert loaded.target == "shop:second"


def test_one_app_under_two_names_is_one_app(folder: Path, write: Write) -> None:
    write("shop.py", f"{ONE}application = app\n")

    assert isinstance(load_app("shop", folder).app, App)


def test_the_working_folder_is_on_the_path_of_an_app(folder: Path, write: Write) -> None:
    write("prices.py", "VAT = 5\n")
    write("shop.py", f"import prices\n{ONE}")

    assert load_app("shop", folder).target == "shop"


def test_a_file_in_another_folder_finds_its_neighbours_as_python_lets_it(folder: Path, write: Write) -> None:
    write("site_of_shop/prices_beside.py", "VAT = 5\n")
    write("site_of_shop/shop.py", f"import prices_beside\n{ONE}")

    assert load_app("site_of_shop/shop.py", folder).target == "site_of_shop/shop.py"


def test_jobs_of_a_file_are_named_as_when_the_file_is_started_as_a_program(folder: Path, write: Write) -> None:
    write("shop.py", f"{ONE}@app.job\nasync def greet(name: str) -> None: ...\n")

    load_app("shop.py", folder)

    assert sys.modules["shop"].greet.name == "shop.greet"


def test_a_file_is_loaded_once_however_it_is_named(folder: Path, write: Write) -> None:
    write("shop.py", ONE)

    assert load_app("shop.py", folder).app is load_app("shop:app", folder).app
    assert load_app("shop:app", folder).app is load_app(str(folder / "shop.py"), folder).app


# --------------------------------------------------------------------------------------- no such module


def test_a_module_that_is_not_there_is_answered_with_the_nearest_in_the_folder(folder: Path, write: Write) -> None:
    write("inventory.py", ONE)

    message = refusal("inventry:app", folder)

    assert "there is no module 'inventry'" in message
    assert "did you mean 'inventory'?" in message


def test_a_file_that_is_not_there_is_answered_with_the_nearest(folder: Path, write: Write) -> None:
    write("inventory.py", ONE)

    message = refusal("inventry.py", folder)

    assert f"there is no file {folder / 'inventry.py'}" in message
    assert "did you mean 'inventory.py'?" in message


@pytest.mark.parametrize("target", ["", ":", "shop:", ":app", "my-shop", "my shop:app"])
def test_what_names_nothing_is_refused_with_an_example(folder: Path, target: str) -> None:
    assert "module:app" in refusal(target, folder)


def test_a_file_whose_name_cannot_be_imported_is_refused_with_a_better_name(folder: Path, write: Write) -> None:
    write("my-shop.py", ONE)

    assert "my_shop.py" in refusal("my-shop.py", folder)


def test_a_file_named_as_a_loaded_module_is_refused(folder: Path, write: Write) -> None:
    path = write("json.py", ONE)

    message = refusal("json.py", folder)

    assert str(path) in message
    assert "rename the file" in message


def test_no_target_at_all_says_the_three_ways_to_name_one(folder: Path) -> None:
    message = refusal(None, folder)

    for way in ("dawam run module:app", "dawam run file.py", "[tool.dawam] app"):
        assert way in message


# ------------------------------------------------------------------------------------- loading it failed


def test_the_traceback_of_a_failing_module_shows_the_users_lines_only(folder: Path, write: Write) -> None:
    path = write("shop.py", "def connect():\n    raise ValueError('no database')\nconnect()\n")

    message = refusal("shop:app", folder)

    assert "shop failed while it was loaded" in message
    assert f'File "{path}", line 2, in connect' in message
    assert "ValueError: no database" in message
    assert "importlib" not in message


def test_a_module_that_imports_what_is_missing_failed_itself(folder: Path, write: Write) -> None:
    write("shop.py", "import no_such_library\n")

    message = refusal("shop:app", folder)

    assert "shop failed while it was loaded" in message
    assert "No module named 'no_such_library'" in message


def test_a_syntax_error_is_shown_with_its_line(folder: Path, write: Write) -> None:
    write("shop.py", "app = (\n")

    assert "line 1" in refusal("shop.py", folder)


def test_a_failed_file_can_be_loaded_when_it_is_mended(folder: Path, write: Write) -> None:
    write("shop.py", "raise ValueError\n")
    refusal("shop.py", folder)
    write("shop.py", f"{ONE}# mended\n")

    assert isinstance(load_app("shop.py", folder).app, App)


def test_a_module_that_ends_the_program_is_told_of_main(folder: Path, write: Write) -> None:
    write("shop.py", "import sys\nsys.exit(3)\n")

    message = refusal("shop.py", folder)

    assert "exit code 3" in message
    assert '__name__ == "__main__"' in message


def test_a_file_of_a_package_is_named_as_a_module(folder: Path, write: Write) -> None:
    write("market/__init__.py", "")
    write("market/stall.py", f"from . import prices\n{ONE}")

    assert "dawam run package.module:app" in refusal("market/stall.py", folder)


def test_an_error_of_ours_passes_as_it_is(folder: Path, write: Write) -> None:
    write("shop.py", f"{ONE}@app.job('')\nasync def greet() -> None: ...\n")

    with pytest.raises(RegistrationError):
        load_app("shop.py", folder)


# -------------------------------------------------------------------------------------- not what it holds


def test_several_apps_are_named_so_that_one_can_be_chosen(folder: Path, write: Write) -> None:
    write("shop.py", TWO)

    message = refusal("shop", folder)

    assert "first, second" in message
    assert "shop:first" in message


def test_a_module_without_an_app_says_what_it_holds(folder: Path, write: Write) -> None:
    write("shop.py", "import json\nfrom pathlib import Path\nlimit = 3\ndef sell(): ...\n")

    message = refusal("shop", folder)

    assert "limit (int), sell (function)" in message
    assert "json" not in message
    assert "Path" not in message


def test_a_function_that_makes_an_app_is_proposed(folder: Path, write: Write) -> None:
    write("shop.py", "from dawam.app import App\ndef create_app() -> App: return App()\n")

    assert "shop:create_app" in refusal("shop", folder)


def test_a_misspelt_app_is_answered_with_the_nearest_name(folder: Path, write: Write) -> None:
    write("shop.py", TWO)

    message = refusal("shop:frist", folder)

    assert "did you mean 'first'?" in message
    assert "second (App)" in message


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("app = 3\n", "of the type int"),
        ("def app(): return 3\n", "app() returned int"),
        ("def app(size): ...\n", "without arguments (missing a required argument: 'size')"),
        ("async def app(): ...\n", "returned coroutine"),
        ("def app(): raise ValueError('no database')\n", "ValueError: no database"),
    ],
)
def test_what_is_no_app_is_refused_by_what_it_is(folder: Path, write: Write, source: str, expected: str) -> None:
    write("shop.py", source)

    assert expected in refusal("shop:app", folder)


# --------------------------------------------------------------------------------------------- pyproject


def test_a_project_that_says_nothing_of_dawam_has_no_target(folder: Path, write: Write) -> None:
    write("pyproject.toml", "[project]\nname = 'shop'\n")

    assert configured_target(folder) is None


@pytest.mark.parametrize("text", ["[tool.dawam\n", "[tool]\ndawam = 3\n"])
def test_a_pyproject_that_cannot_be_read_is_named(folder: Path, write: Write, text: str) -> None:
    path = write("pyproject.toml", text)

    assert f"{path} cannot be read" in refusal(None, folder)


@pytest.mark.parametrize("value", ["3", '" "', '["shop:app"]'])
def test_a_target_in_pyproject_is_a_text(folder: Path, write: Write, value: str) -> None:
    write("pyproject.toml", f"[tool.dawam]\napp = {value}\n")

    assert "a text was expected" in refusal(None, folder)
