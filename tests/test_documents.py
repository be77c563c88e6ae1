"""What the repository says about itself is true: links, commands, citation, locks, environment, dependencies, direction of imports."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from mentoring import cli, reference

ROOT = Path(__file__).resolve().parents[1]
EXTRAS = ("dev", "lab", "hpc", "real")
LOCKS = {"": "requirements.lock", **{extra: f"requirements-{extra}.lock" for extra in EXTRAS}}
# Each room may import those before it (design: data flow one way), and what stands beside the rooms.
ROOMS = ("ingest", "measure", "dyads", "models", "credibility", "report")
BESIDE = {"settings": set(), "errors": set(), "tables": set(), "written": {"settings", "errors"}, "study": {"settings", "errors", "written"}, "reference": {"settings", "tables", "measure"}}
FOR_ALL = {"settings", "study", "analysis_plan", "tables", "errors", "written"}
COMMANDS = {"init", "check", "items", "simulate", "plan"}
LINK = re.compile(r"(?<!\\)!?\[[^\]]*\]\(([^)\s]+)\)")
HOST = re.compile(r"://|--index-url|--extra-index-url|--find-links|--trusted-host|@ file|\b[\w-]+\.(?:com|org|net|io|internal|local|example)\b", re.IGNORECASE)


def tracked(pattern: str = "") -> list[Path]:
    """Files of the repository: those git knows, else (in a download without git) those on disk."""
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True,
                            check=False)
    if listed.returncode == 0:
        names = [ROOT / name for name in listed.stdout.splitlines()]
    else:
        names = [path for path in ROOT.rglob("*") if not any(part in (".venv", "results", ".snakemake") for part in path.parts)]
    return sorted(path for path in names if path.is_file() and path.match(pattern or "*"))


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def direct(requirements: list[str]) -> set[str]:
    """Names of packages, as the locks spell them."""
    return {re.split(r"[\[<>=!~ ;]", requirement)[0].lower().replace("_", "-") for requirement in requirements}


def pins(lock: str) -> dict[str, set[str]]:
    """Versions of each package in a lock (a universal lock may hold one for each Python)."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"(?m)^([a-z0-9._-]+)==([^\s;\\]+)", (ROOT / lock).read_text(encoding="utf-8")):
        found.setdefault(name, set()).add(version)
    return found


def anchors(page: Path) -> set[str]:
    """The places of a page one can link to, as GitHub names them."""
    text = re.sub(r"(?ms)^```.*?^```", "", page.read_text(encoding="utf-8"))
    headings = (re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in re.findall(r"(?m)^#+ (.+)$", text))
    return set(headings)


def prose(page: Path) -> str:
    """A page without its code blocks and code words."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"(?ms)^\s*```.*?^\s*```", "", page.read_text(encoding="utf-8")))


def pages() -> list[Path]:
    """What people read: every Markdown file but those that tests compare with."""
    return [page for page in tracked("*.md") if page.relative_to(ROOT).parts[0] != "tests"]


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_resolve(page: Path) -> None:
    lost = []
    for target in LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file)):
            lost.append(target)
    assert not lost


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_on_pages_exist(page: Path) -> None:
    """Every `start.py COMMAND` and `mentoring COMMAND` that a page tells people to type is one these programs know."""
    text = page.read_text(encoding="utf-8")
    start = ast.parse((ROOT / "start.py").read_text(encoding="utf-8"))
    words = {node.value for node in ast.walk(start) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    for command in re.findall(r"python3 start\.py ([a-z]+)", text):
        assert command in words, f"start.py knows no command “{command}”"
    for command in re.findall(r"(?m)^\s*(?:\.venv/bin/)?mentoring ([a-z]+)|`mentoring ([a-z]+)", text):
        assert (command[0] or command[1]) in COMMANDS


def test_the_command_line_has_these_commands(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    assert set(re.findall(r"(?m)^    ([a-z]+) ", capsys.readouterr().out)) == COMMANDS


def test_readme_opens_with_the_two_commands() -> None:
    commands = re.findall(r"(?m)^python3 start\.py.*$", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert commands[:2] == ["python3 start.py", "python3 start.py test"]


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs/README.md").read_text(encoding="utf-8")
    names = [str(page.relative_to(ROOT / "docs")) for page in pages() if page.is_relative_to(ROOT / "docs") and page.name != "README.md"]
    assert [page for page in names if f"({page})" not in index] == []


def test_citation_is_that_of_this_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors", "version", "license"} <= set(citation)
    assert citation["cff-version"] == "1.2.0" and str(citation["version"]) == project()["version"]
    assert citation["license"] == project()["license"]
    assert citation["authors"] and all({"name"} <= set(author) or {"family-names", "given-names"} <= set(author) for author in citation["authors"])
    assert f"## [{project()['version']}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.lstrip().startswith("GNU GENERAL PUBLIC LICENSE") and "Version 3, 29 June 2007" in text and "END OF TERMS AND CONDITIONS" in text


def test_workflow_catalogue_finds_what_it_wants() -> None:
    usage = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text(encoding="utf-8"))["usage"]
    assert {"mandatory-flags", "software-stack-deployment", "report"} <= set(usage)
    assert (ROOT / "workflow/Snakefile").is_file() and (ROOT / "config/README.md").is_file()


def test_environment_brings_python_and_the_lock() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    conda = {re.split(r"[ =<>]", entry)[0]: entry for entry in environment["dependencies"] if isinstance(entry, str)}
    pip = [line for entry in environment["dependencies"] if isinstance(entry, dict) for line in entry["pip"]]
    assert environment["channels"] == ["conda-forge"] and set(conda) == {"python", "pip"} and pip == ["-r requirements.lock"]
    low, high = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", project()["requires-python"]).groups()
    minor = int(re.fullmatch(r"python=3\.(\d+)", conda["python"])[1])
    assert int(low) <= minor < int(high)
    assert {f"3.{number}" for number in range(int(low), int(high))} == {
        word.rsplit(" ", 1)[1] for word in project()["classifiers"] if re.search(r"Python :: 3\.\d+$", word)}


@pytest.mark.parametrize("extra", LOCKS, ids=lambda extra: extra or "run")
def test_locks_pin_everything_and_name_no_host(extra: str) -> None:
    text = (ROOT / LOCKS[extra]).read_text(encoding="utf-8")
    assert not HOST.search(text), HOST.search(text)
    wanted = direct(project()["dependencies"]) | (direct(project()["optional-dependencies"][extra]) if extra else set())
    assert wanted - set(pins(LOCKS[extra])) == set()
    entries = re.findall(r"(?m)^[a-z0-9._-]+==.*(?:\n    --hash=.*)*", text)
    assert entries and all("--hash=sha256:" in entry for entry in entries)


@pytest.mark.parametrize("extra", EXTRAS)
def test_locks_agree_with_each_other(extra: str) -> None:
    run, other = pins(LOCKS[""]), pins(LOCKS[extra])
    assert {name: (versions, other.get(name)) for name, versions in run.items() if other.get(name) != versions} == {}


def test_every_extra_has_a_lock() -> None:
    assert set(project()["optional-dependencies"]) == set(EXTRAS)


def test_every_dependency_has_its_reason() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("## Why each dependency")[1].split("\n## ")[0]
    optional = [name for names in project()["optional-dependencies"].values() for name in names]
    reasons = set(re.findall(r"(?m)^\| ([a-z0-9-]+) \|", page)) - {"package"}
    assert reasons == direct(project()["dependencies"])
    assert {name for name in direct(optional) if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", page)} == set()


@pytest.mark.parametrize("name", reference.PAGES)
def test_written_pages_are_in_step(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == reference.PAGES[name](), "run: python -m mentoring.reference"


def test_nothing_forbidden_is_in_git() -> None:
    names = [path.relative_to(ROOT) for path in tracked()]
    bad = [name for name in names if name.name in ("uv.lock", "pylock.toml") or name.parts[0] in (".venv", "results", ".snakemake")
           or "__pycache__" in name.parts or name.suffix in (".pickle", ".pkl", ".pyc")]
    assert bad == []


def imported(file: Path) -> set[str]:
    """Parts of our library that a source imports, wherever in the file: `mentoring.dyads.agreement` counts as `dyads`."""
    package = file.relative_to(ROOT).with_suffix("").parts[:-1]
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            base = [*package[: len(package) - node.level + 1]] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            found |= {f"{module}.{alias.name}" for alias in node.names} if module == "mentoring" else {module}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name.split(".")[1] for name in found if name.startswith("mentoring.")}


def test_imports_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The walker itself finds absolute, relative and late imports."""
    file = tmp_path / "mentoring/ingest/bad.py"
    file.parent.mkdir(parents=True)
    file.write_text("from ..measure import x\nfrom . import raw\ndef f():\n    from mentoring import report\n    import mentoring.models.lmm\n")
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    assert imported(file) == {"measure", "ingest", "report", "models"}


def test_imports_go_one_way() -> None:
    wrong = []
    for file in sorted((ROOT / "mentoring").rglob("*.py")):
        room = file.relative_to(ROOT / "mentoring").parts[0].removesuffix(".py")
        if room in ROOMS:
            allowed = {*ROOMS[: ROOMS.index(room) + 1], *FOR_ALL}
        elif room in BESIDE:
            allowed = BESIDE[room] | {room}
        else:
            continue  # __init__ and the command line stand above the rooms
        wrong += [f"{file.relative_to(ROOT)} imports {name}" for name in imported(file) - allowed]
    assert wrong == []


def test_the_library_knows_nothing_of_snakemake() -> None:
    for file in sorted((ROOT / "mentoring").rglob("*.py")):
        modules = {alias.name for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Import) for alias in node.names}
        modules |= {node.module or "" for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.ImportFrom)}
        assert not any(module.split(".")[0] == "snakemake" for module in modules), file


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example study's folder with the tables the notebook page reads, made without Snakemake."""
    import shutil

    from mentoring import tables
    from mentoring.dyads import add_similarity, pair_dyads
    from mentoring.ingest import read_study
    from mentoring.measure import keyed_answers, score_scales
    from mentoring.study import Study

    folder = tmp_path_factory.mktemp("example")
    shutil.copy(ROOT / "config.yaml", folder)
    shutil.copytree(ROOT / "data", folder / "data")
    study = Study.load(folder)
    read = read_study(study)
    keyed = keyed_answers(read.responses, read.codebook_items)
    scores = score_scales(keyed, study.scales)
    paired = pair_dyads(read.dyads, read.people, keyed, scores, read.codebook_items, study.scales)
    data = folder / "results/data"
    data.mkdir(parents=True)
    tables.RESPONSES.write(read.responses, data / "responses.parquet")
    tables.ANALYSIS.write(add_similarity(paired, study.similarity, read.codebook_items), data / "analysis.parquet")
    return folder


def test_the_notebook_page_runs(example: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = re.findall(r"(?m)^```python\n(.*?)^```", (ROOT / "docs/how-to/use-in-a-notebook.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 8
    monkeypatch.chdir(example)
    names: dict[str, object] = {}
    for number, block in enumerate(blocks, 1):
        exec(compile(block, f"block {number} of use-in-a-notebook.md", "exec"), names)  # noqa: S102
    assert len(names["rows"]) > 300 and 0 < names["fit"].icc < 1 and names["likeness"].shape == (len(names["analysis"]),)
