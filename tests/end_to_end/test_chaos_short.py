"""`make chaos`, short: one world, a few cells of each kind. Each must end well, and what was planned must happen."""

from collections.abc import Iterator

import pytest

from tests.chaos.cells import NOTHING, boundaries, crossed, place_of
from tests.chaos.matrix import mark, matrix
from tests.chaos.outside import Outside
from tests.chaos.play import Outcome, Player

PAIRS = [  # every second one is mended by reconcile
    ("creation-answer-lost", "publish, pushed"),
    ("push-answer-lost", "notify, accepted"),
    ("limit-secondary-with-time", "receiver, dispatched"),
    ("download-missing", NOTHING),  # a plain page is published and called back
    (NOTHING, "server"),
]


@pytest.fixture(scope="module")
def player(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Player]:
    outside = Outside(tmp_path_factory.mktemp("chaos") / "world")
    yield Player(outside)
    outside.stop()


@pytest.mark.parametrize("number", range(len(PAIRS)))
def test_cell__ends_well(player: Player, number: int) -> None:
    fault, kill = PAIRS[number]
    (cell,) = crossed([fault], [kill])
    outcome = player.play(cell, with_reconcile=number % 2 == 1)
    assert outcome.problems == []
    assert {entry["fault"] for entry in cell.plan} <= set(outcome.played)
    assert fault != "download-missing" or outcome.recoveries == ["reconcile"]


def test_a_domain_of_ones_own__deploy_verify_and_callback_go_by_the_address_that_pages_answers(player: Player) -> None:
    outside = player.outside
    outside.ensure_up()
    outside.plan()
    api, owner, old = outside.ready["api"], outside.ready["owner"], outside.ready["pages"]
    domain, site = (
        old.removeprefix("http://").replace("localhost", "127.0.0.1"),
        f"{api}/repos/{owner}/{owner}.github.io",
    )
    outside.call("POST", f"{api}/user/repos", {"name": f"{owner}.github.io", "auto_init": True}, outside.token)
    outside.call("POST", f"{site}/pages", {"build_type": "workflow"}, outside.token)
    outside.call("PUT", f"{site}/pages", {"cname": domain}, outside.token)
    try:
        sent = player.send("own-domain", 1)
        outside.settle()
        [told] = outside.callbacks(sent.nonce)
        name = told["repo_url"].rpartition("/")[2]
        assert told["pages_url"] == f"http://{domain}/{name}/"
        marker = outside.session.get(f"{told['pages_url']}pagewright-commit.txt", timeout=10)
        assert (marker.status_code, marker.text.strip()) == (200, told["commit_sha"])
        led = outside.session.get(f"{old}/{owner}/{name}/", allow_redirects=False, timeout=10)
        assert (led.status_code, led.headers["Location"]) == (301, told["pages_url"])
        assert outside.builds(sent.build_id)[-1]["conclusion"] == "success"
    finally:
        outside.call("DELETE", f"{site}/pages", token=outside.token)


def test_boundaries__are_both_sides_of_each_request() -> None:
    seen = ["rest POST /user/repos", "rest GET /repos/a/b/pages/deployments/" + "f" * 40, "evaluation POST /notify"]
    cells = list(boundaries(seen, 1))
    assert [place_of(request) for request in seen] == [
        "rest POST /user/repos",
        "rest GET /repos/*/*/pages/deployments/*",
        "evaluation POST /notify",
    ]
    assert len(cells) == 4 * len(seen)
    assert len({(cell.row, cell.column) for cell in cells}) == len(cells)


def test_matrix__a_cell_that_did_not_happen_is_no_proof() -> None:
    (cell,) = crossed(["rest-503"], [NOTHING])
    outcomes = {"rest-503": Outcome(cell, [], ["rest-503"]), "nothing": Outcome(cell, [])}
    lines = [{"row": cell.row, "column": cell.column, "happened": bool(each.played), "problems": each.problems,
              "recoveries": [], "seconds": 1.0} for each in outcomes.values()]  # fmt: skip
    assert [mark(line) for line in lines] == ["✓", "–"]
    assert "in 1 the planned fault or kill did not happen" in matrix(lines)
