"""An attachment that is called README.md, or nearly so."""

from action.site.bundle import refused_files
from tests.unit.action.generate.scripted_build import PAGE, build, data_uri, request_for

POINTS = b"points: 3\npoints: 4\n"


def test_a_readme_that_came_with_the_task_stays_as_it_is_and_needs_no_sections() -> None:  # R1
    asked = request_for(
        brief="Load README.md and show the total in #points.",
        attachments=[{"name": "README.md", "url": data_uri(POINTS)}],
    )
    bundle, model = build(asked, PAGE)
    assert bundle.files["README.md"] == POINTS
    assert len(model.prompts) == 1
    contract, generation = bundle.record.contract, bundle.record.generation
    assert contract
    assert generation
    assert "readme_sections" not in {entry.kind for entry in contract.assertions}
    assert generation.notes == ["README.md came with the task and stays as it is: no sections are demanded of it"]


def test_a_readme_that_the_task_orders_to_be_changed_is_the_models() -> None:  # R3
    asked = request_for(
        brief="Add a section about the licence to README.md.",
        attachments=[{"name": "README.md", "url": data_uri(b"# Points\n")}],
    )
    bundle, _ = build(asked, {**PAGE, "README.md": "# Points\n\n## Licence\n\nMIT\n"})
    assert b"## Licence" in bundle.files["README.md"]


def test_a_readme_in_lower_case_stands_beside_ours() -> None:  # R2
    asked = request_for(attachments=[{"name": "readme.md", "url": data_uri(POINTS)}])
    bundle, model = build(asked, PAGE)
    assert bundle.files["readme.md"] == POINTS
    assert bundle.files["README.md"].startswith(b"# X")
    assert len(model.prompts) == 1
    assert refused_files(bundle.files, asked) == []
