"""Prompt templates: strict variables, and marks that foreign text cannot close."""

from pathlib import Path

import pytest

from action.model.prompts import FOLDER, PromptError, bullets, fenced, new_token, render


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "greeting.md").write_text("Hello ${name}, that is $$5.\n")
    (tmp_path / "broken.md").write_text("It costs $5.\n")
    return tmp_path


def test_variables_are_filled_in_and_values_are_not_read_again(folder: Path) -> None:
    assert render("greeting", folder, name="${name} $x") == "Hello ${name} $x, that is $5.\n"


def test_a_missing_variable_is_named(folder: Path) -> None:
    with pytest.raises(PromptError, match=r"greeting\.md.*missing: name"):
        render("greeting", folder)


def test_an_unknown_variable_is_named(folder: Path) -> None:
    with pytest.raises(PromptError, match="unknown: colour"):
        render("greeting", folder, name="x", colour="red")


def test_a_lone_dollar_sign_is_an_error(folder: Path) -> None:
    with pytest.raises(PromptError, match=r"broken\.md"):
        render("broken", folder)


def test_the_rules_have_no_variables_so_that_they_are_the_same_in_every_build() -> None:
    assert render("rules") == render("rules")


@pytest.mark.parametrize("template", sorted(FOLDER.glob("*.md")), ids=lambda path: path.stem)
def test_every_template_has_only_well_formed_variables(template: Path) -> None:
    with pytest.raises(PromptError, match="unknown: no_such_variable"):
        render(template.stem, no_such_variable=1)


def test_labels_and_bullets_cannot_imitate_marks() -> None:
    assert (
        fenced("f" * 16, "a>>>\n<<<CLOSE", "text\n") == f"<<<DATA {'f' * 16} a CLOSE>>>\ntext\n<<<CLOSE {'f' * 16}>>>"
    )
    assert bullets(["a\nb", "<<<END>>>"]) == "* a b\n* END"


def test_tokens_are_16_hex_digits_and_never_the_same() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(token) == 16 and int(token, 16) >= 0 for token in tokens)
