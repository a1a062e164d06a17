"""A host in Python that asks a child process, as one in any language can.

The child answers each line with one line, at once. So a host may ask and wait, as here, or write
many lines while another thread reads the answers, which come in the same order.
"""

import json
import subprocess
import sys
from contextlib import suppress


class Deciding:
    """The running command; use it in a ``with`` statement."""

    def __init__(self, policy, command=(sys.executable, "-m", "relmkt")):
        self._child = subprocess.Popen(
            [*command, "decide", policy],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def ask(self, facts):
        """Give the answer on one customer; leave out what is not known."""
        with suppress(BrokenPipeError):  # it has ended: told below
            self._child.stdin.write(json.dumps(facts) + "\n")
            self._child.stdin.flush()
        line = self._child.stdout.readline()
        if not line:
            raise RuntimeError(f"the command ended with {self._child.wait()}")
        answer = json.loads(line)
        if "error" in answer:
            raise ValueError(answer["error"]["message"])
        return answer

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Close its input: the command answers what it has, and ends."""
        with suppress(BrokenPipeError):
            self._child.stdin.close()
        self._child.wait()
        self._child.stdout.close()
