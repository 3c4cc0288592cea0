"""The summary of a collection: what is new, what was refused, what is left; and nothing foreign as Markdown."""

from action.steps.collect import Collected, render

URL = "https://github.example/owner/runner"


def test_all_well() -> None:
    text = render(Collected(commit="1" * 40, records=3, messages=1, tasks=2), URL)
    assert text.startswith("## ✓ 3 records, 1 message, of 2 tasks\n")
    assert f"[ledger]({URL}/tree/ledger) · [commit]({URL}/commit/{'1' * 40})" in text
    assert "Not collected" not in text


def test_refused_and_left() -> None:
    bad = {7: {"name": "record-<b>", "run_id": 9, "reason": "it holds no record.json | x"}}
    text = render(Collected(skipped=bad, problems=["The commits of a/b could not be read: *x*"]), URL)
    assert text.startswith("## ⚠ nothing new, of 0 tasks; 1 artifacts were refused\n")
    assert "| record-&lt;b&gt; | 9 | it holds no record.json \\| x |" in text
    assert "- The commits of a/b could not be read: \\*x\\*" in text
