"""The sealed envelope and the ids."""

import base64
import json
import random
import secrets
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from receiver.task import BuildRequest, CannotOpenEnvelope, Keys, Payload, StoredEnvelope, Task, open_envelope, seal
from receiver.task.payload import INLINE_LIMIT, digest, fits_inline

SECRET = secrets.token_hex(16)


@pytest.fixture(scope="module")
def keys() -> Keys:
    return Keys.for_repository(SECRET, "owner/runner")


@pytest.fixture
def derived(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening derives the key from the secret, which takes half a second: give the one at hand instead."""
    monkeypatch.setattr(Keys, "derive", classmethod(lambda cls, secret, salt: keys))


def request(keys: Keys, **change: Any) -> BuildRequest:
    body = {
        "email": "student@example.com",
        "task": "t-1",
        "round": 1,
        "nonce": "n-1",
        "brief": "A page.",
        "evaluation_url": "https://example.com/notify",
    }
    return BuildRequest.accept(Task.from_sender({**body, **change}), keys)


def test_what_was_sealed_is_opened_by_the_secret_alone(keys: Keys) -> None:
    assert open_envelope(seal(b"content", keys), SECRET) == b"content"


def test_another_secret_cannot_open_it(keys: Keys) -> None:
    with pytest.raises(CannotOpenEnvelope):
        open_envelope(seal(b"content", keys), SECRET + "x")


@pytest.mark.usefixtures("derived")
def test_a_changed_envelope_cannot_be_opened(keys: Keys) -> None:
    sealed = seal(b"content", keys)
    for position in (0, 19, 30, len(sealed) // 2, len(sealed) - 1):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(CannotOpenEnvelope):
            open_envelope(bytes(changed), SECRET)


@pytest.mark.usefixtures("derived")
@pytest.mark.parametrize("length", [0, 1, 3, 18, 19, 20, 42, 43, 60])
def test_a_cut_envelope_cannot_be_opened(keys: Keys, length: int) -> None:
    with pytest.raises(CannotOpenEnvelope):
        open_envelope(seal(b"content", keys)[:length], SECRET)


def test_a_changed_salt_cannot_be_opened(keys: Keys) -> None:
    sealed = bytearray(seal(b"content", keys))
    sealed[5] ^= 1
    with pytest.raises(CannotOpenEnvelope):
        open_envelope(bytes(sealed), SECRET)


def test_the_same_content_is_sealed_differently_each_time(keys: Keys) -> None:
    assert seal(b"content", keys) != seal(b"content", keys)


@pytest.mark.usefixtures("derived")
def test_a_15_mb_attachment_arrives_byte_for_byte(keys: Keys) -> None:
    content = random.Random(7).randbytes(15 * 1024 * 1024)
    url = f"data:@file/zip;base64,{base64.b64encode(content).decode()}"
    sealed = request(keys, attachments=[{"name": "big.zip", "url": url}]).seal(keys)
    build = BuildRequest.unseal(sealed, SECRET)
    assert build.task.attachments[0].inline_bytes() == content
    assert len(sealed) < 16 * 1024 * 1024  # base64's four thirds are gained back
    assert not fits_inline(sealed)


@pytest.mark.usefixtures("derived")
def test_a_request_is_the_same_after_its_journey(keys: Keys) -> None:
    build = request(keys, round="1", nonce=5, checks={"js": "true"}, attachments="data:text/csv,a")
    assert BuildRequest.unseal(build.seal(keys), SECRET) == build


def test_ids_are_stable_and_differ_by_what_makes_a_build(keys: Keys) -> None:
    one = request(keys)
    assert request(keys, brief="Another brief.").build_id == one.build_id
    assert request(keys, round="1").build_id == one.build_id
    for change in ({"nonce": "n-2"}, {"round": 2}, {"email": "other@example.com"}, {"task": "t-2"}):
        assert request(keys, **change).build_id != one.build_id
    for change in ({"nonce": "n-2"}, {"round": 2}):
        assert request(keys, **change).task_key == one.task_key
    for change in ({"email": "other@example.com"}, {"task": "t-2"}):
        assert request(keys, **change).task_key != one.task_key


def test_ids_are_the_same_in_another_process_and_unlike_without_the_secret(keys: Keys) -> None:
    again = Keys.for_repository(SECRET, "Owner/Runner")  # GitHub does not tell the cases apart
    assert again.name("build", 1) == keys.name("build", 1)
    assert Keys.for_repository("another", "owner/runner").name("build", 1) != keys.name("build", 1)


def test_ids_are_opaque_and_values_cannot_run_into_each_other(keys: Keys) -> None:
    build = request(keys)
    assert not set(build.build_id + build.task_key) - set("0123456789abcdef")
    assert keys.name("task", "ab", "c") != keys.name("task", "a", "bc")
    assert keys.name("task", "a") != keys.name("build", "a")


def test_no_text_form_of_the_keys_shows_them(keys: Keys) -> None:
    assert keys.sealing.hex() not in repr(keys)
    assert repr(keys.sealing) not in repr(keys)


def test_the_payload_tells_nothing_of_the_task(keys: Keys) -> None:
    build = request(keys)
    public = build.payload(build.seal(keys)).model_dump(mode="json", exclude_none=True)
    assert set(public) == {"build_id", "task_key", "round", "received_at", "envelope"}
    assert not [value for value in ("student", "t-1", "n-1", "A page", "example.com") if value in json.dumps(public)]


def test_the_largest_inline_payload_stays_under_githubs_limit(keys: Keys) -> None:
    sealed = b"x" * (INLINE_LIMIT * 3 // 4 - 3)
    assert fits_inline(sealed)
    payload = request(keys).payload(sealed).model_dump(mode="json", exclude_none=True)
    assert len(json.dumps({"event_type": "build-task", "client_payload": payload})) < 64_000
    assert not fits_inline(sealed + b"xxxx")


def test_a_stored_envelope_is_pointed_at_by_its_digest(keys: Keys) -> None:
    stored = StoredEnvelope(blob="a" * 40, sha256=digest(b"sealed"))
    payload = request(keys).payload(b"sealed", stored)
    assert payload.envelope is None
    assert Payload.model_validate_json(payload.model_dump_json()) == payload


@pytest.mark.parametrize("change", [{"envelope": None}, {"stored": {"blob": "a" * 40, "sha256": "b" * 64}}])
def test_a_payload_has_exactly_one_envelope(change: dict[str, Any]) -> None:
    whole = {
        "build_id": "1" * 20,
        "task_key": "2" * 20,
        "round": 1,
        "received_at": datetime.now(UTC).isoformat(),
        "envelope": "eA==",
    }
    Payload.model_validate(whole)
    with pytest.raises(ValidationError, match="exactly one"):
        Payload.model_validate({**whole, **change})
