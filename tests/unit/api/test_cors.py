"""CORS_ORIGINS: exact origins may ask from a browser, also what is refused; no other one, and nobody by default."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client

from api.cors import Cors
from receiver.config import CannotStart, Config

HERE = "https://front.example:8443"
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key"}


@pytest.fixture
def open_client(app: Flask) -> Client:
    app.wsgi_app = Cors(app.wsgi_app, frozenset({HERE}))  # type: ignore[method-assign]
    return app.test_client()


def test_a_listed_origin_may_ask_and_read(open_client: Client, owner: Any) -> None:
    asked = open_client.options("/feedback", headers={"Origin": HERE, **PREFLIGHT})
    assert asked.status_code == 204
    assert asked.headers["Access-Control-Allow-Origin"] == HERE
    assert "X-API-KEY" in asked.headers["Access-Control-Allow-Headers"]
    assert "DELETE" in asked.headers["Access-Control-Allow-Methods"]
    for answer in (
        open_client.get("/status", headers={"Origin": HERE, **owner}),
        open_client.get("/jobs", headers={"Origin": HERE}),
        open_client.post("/ready", json={"secret": "wrong"}, headers={"Origin": HERE}),
    ):
        assert answer.headers["Access-Control-Allow-Origin"] == HERE
        assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize("origin", ["https://front.example", "http://front.example:8443", "null", f"{HERE}.evil", ""])
def test_no_other_origin_may(open_client: Client, origin: str) -> None:
    for answer in (
        open_client.options("/feedback", headers={"Origin": origin, **PREFLIGHT}),
        open_client.get("/health", headers={"Origin": origin}),
    ):
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Origin" in answer.headers["Vary"]


def test_by_default_nobody_is_answered(client: Client) -> None:
    answer = client.get("/health", headers={"Origin": HERE})
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


def environ(config: Config, origins: str) -> dict[str, str]:
    named = {"STUDENT_SECRET": config.secret, "GITHUB_TOKEN": "token", "RUNNER_REPOSITORY": "owner/runner"}
    return {**named, "CORS_ORIGINS": origins}


def test_origins_are_read_from_the_settings(config: Config) -> None:
    read = Config.from_environ(environ(config, f" {HERE}, https://Other.example "))
    assert read.cors_origins == {HERE, "https://other.example"}
    assert replace(config).cors_origins == frozenset()


@pytest.mark.parametrize(
    "wrong", ["*", "front.example", f"{HERE}/", "null", "https://a.example/x", "https://u@a.example"]
)
def test_what_is_no_origin_stops_the_start(config: Config, wrong: str) -> None:
    with pytest.raises(CannotStart, match="CORS_ORIGINS"):
        Config.from_environ(environ(config, wrong))
