"""The command in a process of its own: streams, pipes, signals, and what is not installed."""

from __future__ import annotations

import csv
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import relmkt
from relmkt.datasets import cdnow_path
from tests.cli.conftest import ORDERS, TRACE, names

POSIX = pytest.mark.skipif(os.name != "posix", reason="pipes and signals of POSIX")


def shell(command, **env):
    return subprocess.run(
        ["/bin/bash", "-c", f"set -o pipefail; {command}"],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHON": sys.executable, "COLUMNS": "100"} | env,
        check=False,
    )


def test_the_module_is_the_command(process):
    assert process("--version").out == f"relmkt, version {relmkt.__version__}\n"
    module, script = process("--help"), Path(sys.executable).with_name("relmkt")
    assert module.out.startswith("Usage: relmkt [OPTIONS] COMMAND [ARGS]...")
    if script.exists():
        done = subprocess.run([script, "--help"], capture_output=True, text=True, check=True)
        assert done.stdout.split() == module.out.split()  # lines break where the terminal ends


def test_results_go_out_and_words_go_beside(process):
    ended = process("plan", "-", "--out", "-", stdin=ORDERS.encode())
    assert ended.code == 0
    rows = list(csv.DictReader(io.StringIO(ended.out)))
    assert [row["customer"] for row in rows] == ["anna", "ben", "cleo"]
    assert "Plan for 3 customers" in ended.err
    assert process("plan", "none.csv").out == ""


def test_a_plan_goes_through_a_pipe_in_any_language(process):
    text = "customer,date,amount\nZoë,2026-01-05,3\n"
    ended = process("plan", "-", "--out", "-", stdin=text.encode(), LC_ALL="C", PYTHONUTF8="0")
    assert ended.code == 0
    assert "\nZoë," in ended.out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["plan", "orders.csv"], 0),
        (["plan", "none.csv"], 1),
        (["plan", "orders.csv", "--horizon", "3"], 2),
    ],
)
def test_exit_codes(process, arguments, code):
    assert process(*arguments).code == code


@POSIX
@pytest.mark.parametrize(
    "command",
    ["plan orders.csv --out -", "plan orders.csv", "explain orders.csv --customer 00004"],
)
def test_whoever_stops_reading_ends_the_command_in_silence(folder, command):
    Path("orders.csv").write_bytes(cdnow_path().read_bytes())
    done = shell(f'"$PYTHON" -m relmkt {command} 2>words | head -n 1 | wc -l')
    assert int(done.stdout) == 1
    words = Path("words").read_text(encoding="utf-8")
    assert TRACE not in words
    assert "Broken" not in words
    assert "Exception ignored" not in words


@POSIX
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
@pytest.mark.parametrize("out", ["", "--out -"])
def test_a_full_disk_behind_standard_output(folder, out):
    done = shell(f'"$PYTHON" -m relmkt plan orders.csv {out} > /dev/full')
    assert done.returncode == 1
    assert "relmkt: standard output: No space left on device\n" in done.stderr
    assert TRACE not in done.stderr
    assert "Exception ignored" not in done.stderr


@POSIX
def test_closed_streams(folder):
    done = shell('"$PYTHON" -m relmkt plan - <&-')
    assert done.returncode == 1
    assert done.stderr == "relmkt: -: there is no standard input here; name a file\n"
    done = shell('"$PYTHON" -m relmkt plan orders.csv --out - >&-')
    assert done.returncode == 1
    assert "relmkt: -: there is no standard output here; name a file\n" in done.stderr
    assert TRACE not in done.stderr


@POSIX
@pytest.mark.parametrize(
    "command",
    [
        "verify",
        "verify --json",
        "table "
        + " ".join(
            f"--threshold {name}_high=1"
            for name in ("retained_value", "residual_value", "cost_ratio")
        ),
        "explain orders.csv --customer anna",
        "plan orders.csv",
    ],
)
def test_nothing_is_said_in_vain_where_standard_output_is_closed(folder, command):
    done = shell(f'"$PYTHON" -m relmkt {command} >&-')
    assert done.returncode == 1
    assert done.stderr == "relmkt: -: there is no standard output here; redirect it to a file\n"


@POSIX
@pytest.mark.parametrize(
    ("sent", "code", "told"), [(signal.SIGINT, 1, "Aborted!"), (signal.SIGTERM, 143, "")]
)
@pytest.mark.parametrize("bound", [(), ("--memory", "128MB")])
def test_a_signal_ends_it_cleanly_and_leaves_nothing_half_written(folder, sent, code, told, bound):
    """The command waits for its input; once it has begun to, it is told to stop."""
    temporary = folder / "temporary"
    temporary.mkdir()
    with subprocess.Popen(
        [sys.executable, "-m", "relmkt", "plan", "-", "--out", "plan.csv", *bound],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(temporary)},
    ) as waiting:
        limit = time.monotonic() + 30
        # a folder and nothing less: Python itself tries out the place with a file that goes again
        while not any(temporary.glob("relmkt-*")) and time.monotonic() < limit:
            time.sleep(0.02)
        assert any(temporary.glob("relmkt-*"))  # it has set aside a place for what it reads
        waiting.send_signal(sent)
        out, err = waiting.communicate(timeout=30)
    assert waiting.returncode == code
    assert out == ""
    assert err.strip() == told
    assert names() == ["orders.csv", "temporary"]
    assert names(temporary) == []


STOPPED = """
import signal, sys
from relmkt.adapters import _writing
made = _writing._made
def stopped(*arguments, **named):
    made(*arguments, **named)
    try:
        signal.raise_signal(signal.SIGTERM)
    except SystemExit:
        if {within_duckdb}:
            raise KeyboardInterrupt  # what becomes of it
        raise
_writing._made = stopped
sys.argv = ["relmkt", "plan", "orders.csv", "--out", "plan.csv"]
from relmkt.cli import main
main()
"""


@POSIX
@pytest.mark.parametrize("within_duckdb", [False, True])
def test_told_to_stop_while_it_writes_it_leaves_nothing_half_written(folder, within_duckdb):
    script = STOPPED.format(within_duckdb=within_duckdb)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert done.returncode == 143
    assert TRACE not in done.stderr.decode()
    assert names() == ["orders.csv"]


@POSIX
def test_whoever_watches_is_told_the_stages(folder):
    import pty

    watched, terminal = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "relmkt", "plan", "orders.csv", "--out", "plan.csv"],
        stdout=subprocess.DEVNULL,
        stderr=terminal,
        env=os.environ | {"TERM": "xterm"},
    ) as working:
        os.close(terminal)
        told = b""
        while True:
            try:
                part = os.read(watched, 4096)
            except OSError:  # how Linux says that the other end is closed
                break
            if not part:
                break
            told += part
    os.close(watched)
    assert working.returncode == 0
    assert b"orders" in told
    assert b"writing the plan" in told
    assert b"3 customers written" in told


# ------------------------------------------------------------------------- what is not installed

BLOCKED = """
import runpy, sys
for name in {names!r}:
    sys.modules[name] = None
sys.argv = ["relmkt", *{arguments!r}]
runpy.run_module("relmkt", run_name="__main__")
"""


@pytest.mark.parametrize(
    ("package", "extra", "arguments"),
    [
        ("click", "cli", ["--help"]),
        ("rich", "cli", ["plan", "orders.csv"]),
        ("duckdb", "cli", ["plan", "orders.csv"]),
        ("scipy", "models", ["plan", "orders.csv"]),
        ("scipy", "models", ["demo"]),
        ("matplotlib", "plot", ["demo"]),
    ],
)
def test_a_missing_extra_is_named_with_the_command_that_installs_it(
    folder, package, extra, arguments
):
    # Enough orders to fit: where there is nothing to fit, SciPy is not needed.
    Path("orders.csv").write_bytes(cdnow_path().read_bytes())
    script = BLOCKED.format(names=[package], arguments=arguments)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert f"needs the package '{package}': run  pip install 'relmkt[{extra}]'" in done.stderr
    assert TRACE not in done.stderr
    assert done.stdout == ""
    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["orders.csv"]


def test_without_jinja_the_demo_writes_all_but_the_report_and_says_how_to_get_it(folder):
    script = BLOCKED.format(names=["jinja2"], arguments=["demo"])
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    names = ["facts-synthetic.csv", "plan.csv", "strategies.png"]
    assert sorted(path.name for path in Path("relmkt-demo").iterdir()) == names
    assert done.stderr.splitlines()[-1] == (
        "no report is written: a report needs the package 'jinja2': "
        "run  pip install 'relmkt[report]'"
    )
    assert "harvest" in done.stdout


WITHOUT = """
import sys
for name in ("click", "rich", "duckdb", "scipy", "matplotlib", "narwhals", "pandas", "polars"):
    sys.modules[name] = None
from datetime import date
import relmkt
from relmkt.datasets import cdnow_orders
from relmkt.errors import MissingExtraError

policy = relmkt.StrategyPolicy(
    retained_value_high=200, residual_value_high=150, cost_ratio_high=0.3
)
facts = relmkt.CustomerFacts(
    customer="C-17", status="active", barred=False, retained_value=812.4, attrition_risk=0.71
)
print(policy.table().decide(facts).reason)
portfolio = relmkt.Portfolio.of([facts])
print(policy.table().decide(portfolio).labels()[0])
log = relmkt.OrderLog(customer=["a"], ordered_at=[date(2026, 1, 1)], amount=[5.0])
print(relmkt.summarize(log, as_of=date(2026, 1, 8)).age)
try:
    relmkt.plan(cdnow_orders(), as_of=date(1998, 6, 30))
except MissingExtraError as error:
    print(error)
try:
    portfolio.to_frame(like=[])
except MissingExtraError as error:
    print(error)
"""


def test_the_rules_and_the_summaries_need_no_extra_at_all(folder):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True
    )
    reason, label, age, models, frames = done.stdout.splitlines()
    assert reason.startswith("matters and may leave: status active, retained value 812.40 ≥ 200")
    assert (label, age) == ("protect", "[1.]")
    assert models.endswith("needs the package 'scipy': run  pip install 'relmkt[models]'")
    assert frames.endswith("run  pip install 'relmkt[frames]'")


def test_importing_relmkt_loads_no_extra(folder):
    script = (
        "import sys, relmkt; print([name for name in ('click', 'rich', 'duckdb', 'scipy', "
        "'matplotlib', 'narwhals', 'pandas', 'polars', 'pyarrow') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_the_day_of_the_plan_is_of_the_orders_and_not_of_the_clock(process):
    ended = process("plan", "orders.csv", TZ="Pacific/Kiritimati")
    assert "Plan for 3 customers as of 2026-03-15." in ended.out
