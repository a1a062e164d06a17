"""What the page about the decision stream shows is what the command writes."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "decision-stream.md"


def blocks(language):
    text = PAGE.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def test_the_transcript_is_what_the_command_says(relmkt):
    name, *arguments = shlex.split(blocks("sh")[1])
    facts, answers = blocks("json")
    assert name == "relmkt"
    ended = relmkt(*arguments, stdin=facts.encode())
    assert ended.out == answers
    assert "The command ended with 1, for some lines had errors." in PAGE.read_text("utf-8")
    assert ended.code == 1


def test_the_page_names_every_key_of_an_answer(relmkt):
    _, *arguments = shlex.split(blocks("sh")[1])
    facts, _ = blocks("json")
    text = PAGE.read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)` \|", text, flags=re.MULTILINE)
    answer, *_, error = (
        json.loads(x) for x in relmkt(*arguments, stdin=facts.encode()).out.splitlines()
    )
    assert [key for key in listed if key != "basis"] == [*answer, *error]  # that of dated policies
    explained = json.loads(
        relmkt(*arguments, "--explain", stdin=facts.encode()).out.splitlines()[0]
    )
    assert set(explained) - set(answer) == {"used", "rules"}
    assert set(explained["rules"][0]) == {"id", "outcome", "holds", "atoms"}
    assert set(explained["rules"][0]["atoms"][0]) == {"said", "gap"}
    for key in (
        "used",
        "rules",
        "id",
        "outcome",
        "holds",
        "atoms",
        "said",
        "gap",
        "field",
        "message",
    ):
        assert f"`{key}`" in text


def test_what_the_page_says_of_assuming_nothing_is_so(relmkt):
    _, *arguments = shlex.split(blocks("sh")[1])
    ended = relmkt(*arguments, "--assume-nothing", stdin=blocks("json")[0].encode())
    first = json.loads(ended.out.splitlines()[0])
    assert (first["possible"], first["missing"]) == (["hold", "protect"], ["barred"])
