"""Try the mutants that mutmut has made, and tell which of them nobody noticed, and why not.

`mutmut run NAME` makes all mutants, and notes which tests reach which function. This program tries
them. It collects the tests once and forks for each mutant, before any test has run: engines keep
threads, which do not survive a fork. In each fork the tests that have noticed a mutant nearby
come first, then the quickest. What is called while modules are imported has been called by then:
its mutants are tried by all tests, in a process of their own. What is found stands where mutmut
looks for it.

    python tests/mutants.py try [NAME ...]   those not tried yet nor argued away, or these (with *)
    python tests/mutants.py                  the figures, and what nobody noticed
    python tests/mutants.py record           writes them to docs/measured and to their page,
                                             and leaves files of which nothing was tried
"""

from __future__ import annotations

import argparse
import difflib
import fnmatch
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import tomllib
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MUTANTS = ROOT / "mutants"
RECORD = ROOT / "docs" / "measured" / "mutants.json"
PAGE = ROOT / "docs" / "mutation-testing.md"
SURVIVED, KILLED, NO_TESTS, TIMEOUT = 0, 1, 33, -24
FATES = {SURVIVED: "survived", KILLED: "killed", NO_TESTS: "no tests", TIMEOUT: "timeout"}


def metas():
    """mutmut's notes on each file that has mutants."""
    found = {path: json.loads(path.read_text()) for path in sorted(MUTANTS.rglob("*.py.meta"))}
    return {path: held for path, held in found.items() if held["exit_code_by_key"]}


def function_of(name):
    """The function whose mutant this is, as mutmut writes it."""
    return name.rsplit("__mutmut_", 1)[0]


def place_of(name):
    """The function whose mutant this is, as Python writes it."""
    module, _, function = function_of(name).rpartition(".")
    _, *inside = function.split("ǁ")
    return ".".join([module, *(inside or [function.removeprefix("x_")])])


# ------------------------------------------------------------------------------------- changes


@cache
def _mutated(module):
    path = MUTANTS / "src" / (module.replace(".", "/") + ".py")
    if not path.exists():
        path = path.with_suffix("") / "__init__.py"
    spans = json.loads(path.with_name(f"{path.name}.spans").read_text())["spans"]
    return path.read_text(encoding="utf-8").splitlines(), spans


def _body(module, name):
    lines, spans = _mutated(module)
    start, end = spans[name]
    return [re.sub(r"__mutmut_(orig|\d+)\b", "", line.strip()) for line in lines[start - 1 : end]]


def change(name):
    """The lines that a mutant changes: as they were, and as they are in it."""
    module, _, function = name.rpartition(".")
    was = _body(module, function_of(function) + "__mutmut_orig")
    now = _body(module, function)
    told = difflib.unified_diff(was, now, n=0, lineterm="")
    lines = [line for line in told if not line.startswith(("---", "+++", "@@"))]
    return tuple("\n".join(line[1:] for line in lines if line[0] == sign) for sign in "-+")


# --------------------------------------------------------------------------------------- trying


class Trial:
    """A pytest plugin that runs no tests itself, and in each fork those that reach one mutant."""

    def __init__(self, names, workers, options):
        self.patterns = names
        self.argued = {_change_of(each) for each in _recorded()["survivors"] if each["kind"]}
        self.workers = workers
        self.options = options
        stats = json.loads((MUTANTS / "mutmut-stats.json").read_text())
        self.reached_by = stats["tests_by_mangled_function_name"]
        self.seconds = stats["duration_by_test"]
        self.noticed = defaultdict(Counter)  # by function and by file, how often by which test
        self.has_failed = False

    def pytest_runtest_logreport(self, report):
        self.has_failed = self.has_failed or report.failed

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session):
        from mutmut.state import state

        self.at_import = set(state()._stats)  # all that has been called so far
        os.environ["MUTANT_UNDER_TEST"] = ""
        self.items = {item.nodeid: item for item in session.items}
        self.session = session
        with tempfile.TemporaryDirectory() as folder:
            found = metas()
            self._try_none(found, Path(folder))
            for path, held in found.items():
                self._try_file(path, held, Path(folder))
        return True

    def _try_none(self, found, folder):
        """Without a fault no test may fail; else every mutant would seem to be noticed."""
        functions = {
            function_of(name)
            for held in found.values()
            for name, code in held["exit_code_by_key"].items()
            if self._asked(name, code)
        }
        asked = {test for each in functions for test in self.reached_by.get(each, ())}
        if not functions.isdisjoint(self.at_import):
            self.at_import.add("")
        reading, pid = self._fork("", [test for test in self.items if test in asked], folder)
        with os.fdopen(reading, encoding="utf-8") as told:
            test = told.read()
        if os.waitpid(pid, 0)[1]:
            pytest.exit(f"a test fails without any mutant: {test}", returncode=1)

    def _try_file(self, path, held, folder):
        waiting = [
            name for name, code in held["exit_code_by_key"].items() if self._asked(name, code)
        ]
        running = {}
        while waiting or running:
            while waiting and len(running) < self.workers:
                name = waiting.pop(0)
                tests = self._tests(name, path)
                if not self.patterns and _change_of(described(name)) in self.argued:
                    held["exit_code_by_key"][name] = SURVIVED
                elif tests:
                    reading, pid = self._fork(name, tests, folder)
                    running[pid] = name, reading
                else:
                    held["exit_code_by_key"][name] = NO_TESTS
            if running:
                pid, status = os.wait()
                name, reading = running.pop(pid)
                with os.fdopen(reading, encoding="utf-8") as told:
                    test = told.read()
                shutil.rmtree(folder / str(pid), ignore_errors=True)
                code = os.waitstatus_to_exitcode(status)
                code = TIMEOUT if code == -signal.SIGALRM else code
                held["exit_code_by_key"][name] = code if code in FATES else KILLED
                if test:
                    self.noticed[path][test] += 1
                    self.noticed[function_of(name)][test] += 1
        path.write_text(json.dumps(held, indent=4))

    def _asked(self, name, code):
        if self.patterns:
            return any(fnmatch.fnmatchcase(name, pattern) for pattern in self.patterns)
        return code is None

    def _tests(self, name, path):
        """The tests that reach the mutant, those first that are likely to notice it soon."""
        function = function_of(name)
        near, around = self.noticed[function], self.noticed[path]
        return sorted(
            (test for test in self.reached_by.get(function, ()) if test in self.items),
            key=lambda test: (-near[test], -around[test], self.seconds.get(test, 0.0)),
        )

    def _fork(self, name, tests, folder):
        reading, writing = os.pipe()
        pid = os.fork()
        if pid:
            os.close(writing)
            return reading, pid
        try:
            self._run(name, tests, folder, writing)
        finally:
            os._exit(KILLED)  # where pytest itself breaks down, the mutant is noticed

    def _run(self, name, tests, folder, writing):
        """In the fork: the tests one by one, until one fails."""
        silence = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(silence, stream)
        os.environ["MUTANT_UNDER_TEST"] = name
        own = folder / str(os.getpid())
        own.mkdir()
        self.session.config._tmp_path_factory._basetemp = own
        items = [self.items[test] for test in tests]
        for item, following in zip(items, [*items[1:], None], strict=True):
            signal.setitimer(signal.ITIMER_REAL, 20 + 20 * self.seconds.get(item.nodeid, 0.0))
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.has_failed:
                os.write(writing, item.nodeid.encode()[:2000])
                os._exit(KILLED)
        if function_of(name) in self.at_import:
            self._run_afresh(own)
        os._exit(SURVIVED)

    def _run_afresh(self, own):
        """In the fork: all tests once more, in a process that imports what the mutant changed."""
        tests = sorted(self.items, key=lambda test: self.seconds.get(test, 0.0))
        (own / "tests").write_text("\n".join(tests), encoding="utf-8")
        os.environ["PYTHONPATH"] = str(MUTANTS / "src")
        signal.setitimer(signal.ITIMER_REAL, 120 + 20 * sum(self.seconds.values()))
        options = [*self.options, f"--basetemp={own / 'tmp'}", f"@{own / 'tests'}"]
        os.execv(sys.executable, [sys.executable, "-m", "pytest", *options])


def try_mutants(names, workers):
    """Try mutants, and note what became of each."""
    settings = tomllib.loads((MUTANTS / "pyproject.toml").read_text(encoding="utf-8"))
    mutmut = settings["tool"]["mutmut"]
    os.environ |= {"MUTANT_UNDER_TEST": "stats", "OPENBLAS_NUM_THREADS": "1"}
    os.chdir(MUTANTS)
    sys.path[:0] = [str(MUTANTS), str(MUTANTS / "src")]
    options = ["--rootdir=.", "--capture=sys", "-q", *mutmut["pytest_add_cli_args"]]
    selected = mutmut["pytest_add_cli_args_test_selection"]
    return pytest.main([*options, *selected], plugins=[Trial(names, workers, options)])


# --------------------------------------------------------------------------------------- telling


def figures(found):
    """By file, how many mutants met which fate."""
    told = {}
    for path, held in found.items():
        name = path.relative_to(MUTANTS / "src" / "relmkt").as_posix().removesuffix(".meta")
        fates = Counter(FATES.get(code, "open") for code in held["exit_code_by_key"].values())
        told[name] = dict(fates)
    return told


def unnoticed(found):
    """The mutants that survived, or that no test reaches."""
    for held in found.values():
        for name, code in held["exit_code_by_key"].items():
            if code in (SURVIVED, NO_TESTS):
                yield described(name)


def described(name):
    """What a mutant changes, and where."""
    was, now = change(name)
    return {"where": place_of(name), "was": was, "now": now}


def _change_of(survivor):
    return survivor["where"], survivor["was"], survivor["now"]


def _recorded():
    return json.loads(RECORD.read_text(encoding="utf-8"))


def _file_of(where, files):
    """Which of the files a survivor stands in."""
    modules = {name: name.removesuffix(".py").removesuffix("/__init__") for name in files}
    inside = [
        name
        for name, module in modules.items()
        if where.startswith(f"relmkt.{module.replace('/', '.')}.")
    ]
    return max(inside, key=len, default=None)


def updated(held, files, survivors):
    """The record with what a run found; a file of which it tried nothing stays as it was.

    A survivor keeps the argument that was made before for the same change.
    """
    tried = {name: fates for name, fates in files.items() if set(fates) - {"open"}}
    kept = {name: fates for name, fates in held["files"].items() if name not in tried}
    argued = {_change_of(each): each for each in held["survivors"]}
    nothing = {"kind": None, "because": None}
    told = [each for each in held["survivors"] if _file_of(each["where"], held["files"]) in kept]
    told += [
        each | {key: argued.get(_change_of(each), nothing)[key] for key in nothing}
        for each in survivors
        if _file_of(each["where"], files) in tried
    ]
    together = dict(sorted((kept | tried).items()))
    places = {name: at for at, name in enumerate(together)}
    told.sort(key=lambda each: places[_file_of(each["where"], together)])
    return held | {"files": together, "survivors": told}


def record():
    """Write what was found, with the arguments that were made before for the same changes."""
    found = metas()
    held = updated(_recorded(), figures(found), unnoticed(found))
    RECORD.write_text(json.dumps(held, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8")
    for name, table in tables(held).items():
        page = re.sub(
            rf"(?s)(<!-- {name} -->\n).*?(<!-- end -->)",
            lambda met, table=table: f"{met[1]}\n{table}\n{met[2]}",
            page,
        )
    PAGE.write_text(page, encoding="utf-8")


def tables(held):
    """The tables of the page about mutants, by name."""
    columns = ["killed", "timeout", "survived", "no tests", "open"]
    together = dict(sum(map(Counter, held["files"].values()), Counter()))
    rows = [f"| part | mutants | {' | '.join(columns)} |", f"|---|{'---:|' * (len(columns) + 1)}"]
    for name, fates in [*held["files"].items(), ("**together**", together)]:
        told = [sum(fates.values()), *(fates.get(column, 0) for column in columns)]
        rows.append(f"| {name} | {' | '.join(f'{count:,}' for count in told)} |")
    kinds = Counter(survivor["kind"] for survivor in held["survivors"])
    lines = ["| kind | survivors | why nobody could notice |", "|---|---:|---|"]
    lines += [f"| {kind} | {kinds[kind]:,} | {why} |" for kind, why in held["kinds"].items()]
    return {"figures": "\n".join(rows) + "\n", "kinds": "\n".join(lines) + "\n"}


def tell():
    """Print the figures and the survivors, by file."""
    found = metas()
    told = figures(found)
    columns = [*FATES.values(), "open"]
    print(f"{'':40}", *(f"{column:>10}" for column in columns))
    for name, fates in [*told.items(), ("together", sum(map(Counter, told.values()), Counter()))]:
        print(f"{name:40}", *(f"{fates.get(column, 0):>10,}" for column in columns))
    for each in unnoticed(found):
        print(f"\n{each['where']}\n- {each['was']}\n+ {each['now']}")


def main():
    """What the command line asks for."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("what", nargs="?", choices=["tell", "try", "record"], default="tell")
    asked.add_argument("names", nargs="*")
    asked.add_argument("--workers", type=int, default=os.cpu_count())
    given = asked.parse_args()
    if given.what == "try":
        sys.exit(try_mutants(given.names, given.workers))
    record() if given.what == "record" else tell()


if __name__ == "__main__":
    main()
