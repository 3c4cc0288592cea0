"""A template and a seed give one task; other recipients get other numbers and variants; mistakes show at once."""

import pytest

from action.generate.task_template import TemplateIsWrong, load_template, seed_for
from receiver.task import Keys, Task

BRIEF = "Publish a page that shows how many birds were counted this year, in an element with the id birds, plain."
EXAMPLE = f"""
id: bird-count
kind: single page
about: An example for tests of the format.
variables:
  larks: {{between: [3, 900]}}
rounds:
- brief: {BRIEF}
  attachments: [{{name: birds.csv, text: "bird,number\\nlark,${{larks}}\\n"}}]
  checks: [index.html exists, 'js: document.title === "${{seed}}"', 'js: ${{larks}} > 0']
- variants:
  - {{brief: "{BRIEF} Now also show news.", checks: [index.html exists, news.html exists, 'js: true']}}
  - {{brief: "{BRIEF} Now also show past years.", checks: [index.html exists, past.html exists, 'js: true']}}
  - {{brief: "{BRIEF} Now also show a map.", checks: [index.html exists, map.html exists, 'js: true']}}
"""
SEEDS = [f"seed {number}" for number in range(40)]


def test_a_seed_always_gives_the_same_round() -> None:
    template = load_template(EXAMPLE, "bird-count")
    for seed in SEEDS:
        assert template.task_for(seed, 2) == load_template(EXAMPLE).task_for(seed, 2)


def test_recipients_differ_in_numbers_and_in_the_variant_of_round_2() -> None:
    template = load_template(EXAMPLE)
    assert len({template.task_for(seed, 1).model_dump_json() for seed in SEEDS}) > len(SEEDS) * 0.8
    assert {template.seeded(seed).variants for seed in SEEDS} == {(1, 1), (1, 2), (1, 3)}
    assert {template.task_for(seed, 2).checks[1] for seed in SEEDS} == {
        f"{n}.html exists" for n in ("news", "past", "map")
    }


def test_a_chosen_variant_takes_the_place_of_the_draw() -> None:
    template = load_template(EXAMPLE)
    assert [template.seeded("a", [1, number]).rounds[1].checks[1] for number in (1, 2, 3)] == [
        "news.html exists",
        "past.html exists",
        "map.html exists",
    ]


def test_a_round_is_a_request_that_the_receiver_takes() -> None:
    asked = load_template(EXAMPLE).task_for("a", 1).as_sent()
    task = Task.from_sender(
        {"email": "a@b.example", "task": "birds", "nonce": "1", "evaluation_url": "https://e.example/", **asked}
    )
    assert task.attachments[0].inline_bytes().startswith(b"bird,number\nlark,")
    assert [check.js is None for check in task.checks] == [True, False, False]


def test_a_round_that_a_template_lacks__it_says_how_many_it_has() -> None:
    with pytest.raises(TemplateIsWrong, match="has 2 rounds, so there is no round 3"):
        load_template(EXAMPLE).task_for("a", 3)


def test_a_recipient_keeps_its_seed_and_shares_it_with_nobody() -> None:
    keys, others = Keys(b"salt", b"s" * 32, b"n" * 32), Keys(b"salt", b"s" * 32, b"m" * 32)
    seed = seed_for(keys, "bird-count", "Ann@example.com ")
    assert seed == seed_for(keys, "bird-count", "ann@example.com")
    assert len({seed, seed_for(keys, "bird-count", "bob@example.com"), seed_for(keys, "other", "ann@example.com")}) == 3
    assert seed != seed_for(others, "bird-count", "ann@example.com")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("map.html exists", "'${seal}.html exists'", "uses the variable 'seal'"),
        ("[3, 900]", "[900, 3]", "no number from 900 to 3"),
        ("- variants:", "- variant:", "brief"),
        ("id: bird-count", "id: word-count", "must be called word-count.yaml"),
        ("variables:", "variables: [", "flow"),
    ],
)
def test_a_mistake_is_found_when_the_file_is_read__even_in_the_last_variant(old: str, new: str, reason: str) -> None:
    assert old in EXAMPLE
    with pytest.raises(TemplateIsWrong, match=rf"(?s)^bird-count\.yaml is no task template.*{reason}"):
        load_template(EXAMPLE.replace(old, new), "bird-count")
