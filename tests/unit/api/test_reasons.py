"""Refused fields are explained in words, never with a regular expression."""

import json
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from api.routes.execute import ExecuteRequest
from api.routes.feedback import FeedbackRequest
from api.routes.read_file import FileRequest
from receiver.body import IN_WORDS, as_reason
from receiver.task import SentTask


def patterns(schema: Any) -> set[str]:
    if isinstance(schema, list):
        return set().union(*map(patterns, schema))
    if not isinstance(schema, dict):
        return set()
    found = {schema["pattern"]} if isinstance(schema.get("pattern"), str) else set()
    return found.union(*map(patterns, schema.values()))


@pytest.mark.parametrize("model", [ExecuteRequest, FeedbackRequest, FileRequest, SentTask])
def test_every_pattern_of_a_request_has_words(model: type[BaseModel]) -> None:
    assert patterns(model.model_json_schema()) <= set(IN_WORDS)


def test_what_a_pattern_refuses_is_said_without_the_pattern() -> None:
    body = {"project_id": "site", "role": "Not A Role", "text": "x", "restore": "main"}
    with pytest.raises(ValidationError) as raised:
        FeedbackRequest.model_validate(body)
    reasons = {reason.field: reason.reason for reason in map(as_reason, raised.value.errors())}
    assert set(reasons) == {"role", "restore"}
    assert "one short word" in reasons["role"]
    assert "40 hexadecimal digits" in reasons["restore"]
    assert not set("^$[]{}") & set(json.dumps(list(reasons.values()))[1:-1])
