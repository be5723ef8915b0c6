"""What a fresh clone relies on: whole locks without addresses, declared imports, a run.py that works once."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ["requirements.lock", "requirements-dev.lock", "requirements-build.lock"]
SHIPPED = [path for folder in ("core", "plugins", "migrations") for path in (ROOT / folder).rglob("*.py")]


def normal(name: str) -> str:
    """Spell a distribution's name as the index does."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(extra: str | None = None) -> set[str]:
    """Read the names that setup.py requires, plain or for one extra."""
    call = next(
        node
        for node in ast.walk(ast.parse((ROOT / "setup.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id == (extra or "RUNTIME")
    )
    words = [node.value for node in ast.walk(call) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return {normal(re.split(r"[\[><=;!~ ]", word, maxsplit=1)[0]) for word in words}


def locked(lock: str) -> dict[str, str]:
    """Read a lock into blocks by name."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    return {
        normal(block.split("==")[0]): block
        for block in re.split(r"^(?=[a-z0-9])", text, flags=re.M | re.I)
        if "==" in block
    }


@pytest.fixture(scope="module")
def run() -> ModuleType:
    """Load run.py, which is a script and no module."""
    spec = importlib.util.spec_from_file_location("zhike_run", ROOT / "run.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_holds_no_address_and_a_hash_for_every_package(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.search(r"https?:|file:|--index-url|--find-links|@ ", text)
    assert [name for name, block in locked(lock).items() if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize(("lock", "names"), [("requirements.lock", "RUNTIME"), ("requirements-dev.lock", "TESTING")])
def test_lock_has_every_package_that_setup_asks_for(lock: str, names: str) -> None:
    assert declared(names) - set(locked(lock)) == set()


def test_tools_are_tested_with_the_same_releases_that_people_run() -> None:
    runtime, dev = locked("requirements.lock"), locked("requirements-dev.lock")

    def release(block: str) -> str:
        return block.split(maxsplit=1)[0]

    assert {name: release(block) for name, block in runtime.items()} == {name: release(dev[name]) for name in runtime}


def test_every_import_of_shipped_code_is_declared() -> None:
    owners = metadata.packages_distributions()
    runtime, testing = declared(), declared("TESTING")
    missing = set()
    for path in SHIPPED:
        relative = path.relative_to(ROOT)
        allowed = runtime | testing if "testing" in relative.parts or "tests" in relative.parts else runtime
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names = [node.module]
            else:
                continue
            for top in {name.partition(".")[0] for name in names}:
                if top in sys.stdlib_module_names or top in ("core", "plugins", "tests", "zhike"):
                    continue
                if not allowed & {normal(owner) for owner in owners.get(top, [top])}:
                    missing.add(f"{relative}: {top}")
    assert sorted(missing) == []


def test_run_cuts_the_installer_with_its_hashes_out_of_the_lock(run: ModuleType) -> None:
    lines = run.locked(ROOT / "requirements-build.lock", "uv").splitlines()
    assert lines[0].startswith("uv==")
    assert sum("--hash=sha256:" in line for line in lines) >= 2
    assert sum("==" in line for line in lines) == 1
    with pytest.raises(run.Stop):
        run.locked(ROOT / "requirements-build.lock", "no-such-package")


def test_run_does_a_piece_of_work_again_only_when_its_inputs_changed(
    run: ModuleType, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(run, "VENV", tmp_path)
    monkeypatch.setattr(run, "ROOT", tmp_path)
    source = tmp_path / "source.txt"
    source.write_text("one")
    first = run.digest([source])
    assert not run.is_done("work", first)
    run.mark_done("work", first)
    assert run.is_done("work", run.digest([source]))
    source.write_text("two")
    assert not run.is_done("work", run.digest([source]))


@pytest.mark.parametrize(("words", "dev"), [([], False), (["--dev"], True)])
def test_run_brings_the_tools_for_testing_to_who_asks_for_them(
    run: ModuleType, monkeypatch, words: list[str], dev: bool
):
    asked: list[bool] = []
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(run, "set_up", lambda *, dev: asked.append(dev))
    monkeypatch.setattr(run, "migrate", lambda: None)
    monkeypatch.setattr(sys, "argv", ["run.py", "setup", *words])
    assert run.main() == 0
    assert asked == [dev]


@pytest.fixture
def asked(run: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stand in for the program on an instance without users; collect what run.py asks it."""
    words: list[str] = []
    answers = {"users": "[]", "demo": '{"accounts": [{"name": "zhou", "password": "xK9", "groups": ["staff"]}]}'}

    def answer(_program: Path, *command: str) -> str:
        words.append(command[0])
        return answers[command[0]]

    monkeypatch.setattr(run, "answer", answer)
    monkeypatch.setattr(run, "migrate", lambda: None)
    monkeypatch.setenv("ZHIKE_HOME", str(tmp_path))
    monkeypatch.delenv("ZHIKE_ENV", raising=False)
    return words


def test_run_loads_demo_data_once_and_shows_its_accounts(
    run: ModuleType, asked: list[str], tmp_path: Path, capsys
) -> None:
    run.load_demo_once()
    run.load_demo_once()
    assert asked == ["users", "demo"]
    assert (tmp_path / "demo.json").stat().st_mode & 0o077 == 0
    run.show_accounts()
    assert re.search(r"zhou +xK9 +staff", capsys.readouterr().out)


def test_run_loads_no_demo_data_where_people_work(
    run: ModuleType, asked: list[str], monkeypatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ZHIKE_ENV", "production")
    run.load_demo_once()
    monkeypatch.delenv("ZHIKE_ENV")
    monkeypatch.setattr(run, "answer", lambda *_command: '[{"name": "zhou"}]')
    run.load_demo_once()
    assert asked == []
    assert list(tmp_path.iterdir()) == []


def test_run_says_so_when_the_demo_data_came_only_in_part(run: ModuleType, asked: list[str], monkeypatch) -> None:
    def interrupted(*command: str | Path) -> str:
        if "demo" in command:
            raise KeyboardInterrupt
        return "[]"

    monkeypatch.setattr(run, "answer", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run.load_demo_once()
    with pytest.raises(run.Stop, match="only in part"):
        run.load_demo_once()


def test_run_reports_every_check_and_fails_when_one_failed(run: ModuleType, capfd: pytest.CaptureFixture[str]) -> None:
    report = run.Report()
    report.check("good", [sys.executable, "-c", "print('=== 3 passed, 1 skipped in 0.10s ===')"])
    report.check("bad", [sys.executable, "-c", "print('== 1 failed, 4 passed in 1.00s =='); raise SystemExit(1)"])
    assert report.close() == 1
    said = capfd.readouterr().out
    assert re.search(r"^ok +good .*3 passed", said, re.M)
    assert re.search(r"^FAILED +bad ", said, re.M)
    assert said.endswith("7 passed, 1 failed\n")


def test_run_tells_what_is_wrong_with_an_old_python_or_a_wrong_word() -> None:
    done = subprocess.run([sys.executable, ROOT / "run.py", "fly"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "invalid choice: 'fly'" in done.stderr


def ships(path: Path) -> bool:
    """Tell whether a file of the checkout belongs into an installed copy: all but tests and compiled code."""
    parts = path.relative_to(ROOT).parts
    return path.is_file() and "__pycache__" not in parts and ("tests" not in parts or "skeleton" in parts)


def test_an_installed_copy_holds_every_file_of_the_checkout(tmp_path: Path) -> None:
    command = [sys.executable, "setup.py", "-q", "egg_info", "--egg-base", tmp_path, "build", "--build-base", tmp_path]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    wanted = {
        path.relative_to(ROOT).as_posix()
        for name in ("core", "plugins")
        for path in (ROOT / name).rglob("*")
        if ships(path)
    }
    wanted |= {f"core/{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "migrations").rglob("*.py")}
    built = {path.relative_to(tmp_path / "lib").as_posix() for path in (tmp_path / "lib").rglob("*") if path.is_file()}
    assert wanted - built == set()
    assert built - wanted == {"core/migrations/script.py.mako"}


def test_the_benchmarks_are_found_by_name():
    script = str(Path(__file__).parent.parent / "benchmarks" / "run.py")
    wrong = subprocess.run([sys.executable, script, "nothing"], check=False, capture_output=True, text=True)
    assert wrong.returncode == 2
    named = wrong.stderr.partition("There are: ")[2].rstrip(".\n").split(", ")
    assert {"import_companies", "kill_bus", "pages"} <= set(named)
    assert "server" not in named
    right = subprocess.run([sys.executable, script, "pages", "--help"], check=False, capture_output=True, text=True)
    assert right.returncode == 0
    assert "--companies" in right.stdout
