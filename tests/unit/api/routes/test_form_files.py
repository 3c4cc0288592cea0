"""GET /forms: everything comes from this origin, no code is in the page, and its scripts put words in as words."""

import re
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import Client

from api.routes.forms import FILES, FOLDER

SCRIPTS = sorted(FOLDER.glob("*.js"))
AS_HTML = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|srcdoc")
KEPT = re.compile(r"localStorage|sessionStorage|indexedDB|document\.cookie|history\.(push|replace)State|caches\b")


@pytest.fixture
def plain(app: Flask) -> Client:
    return app.test_client()


@pytest.mark.parametrize("prefix", ["", "/sub"])
def test_every_file_of_the_page_is_served_here(plain: Client, prefix: str) -> None:
    page = plain.get("/forms/", base_url=f"http://localhost{prefix}")
    assert page.status_code == 200
    named = re.findall(r"(?:src|href)=\"([^\"#]+)\"", page.text)
    assert {f"{prefix}/forms/app.js", f"{prefix}/forms/style.css"} <= set(named)
    for address in named:
        assert address.startswith(f"{prefix}/"), f"{address} is not of this origin"
        assert plain.get(address.removeprefix(prefix), buffered=True).status_code == 200, address
    for name in FILES:
        answer = plain.get(f"/forms/{name}", buffered=True)
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        for imported in re.findall(r'from "\./([\w.]+)"', answer.text):
            assert imported in FILES


def test_the_policy_lets_no_code_in_and_sends_nothing_elsewhere(plain: Client) -> None:
    page = plain.get("/forms")
    policy = dict(each.strip().split(" ", 1) for each in page.headers["Content-Security-Policy"].split(";"))
    assert {policy[name] for name in ("script-src", "style-src", "connect-src")} == {"'self'"}
    assert {policy[name] for name in ("default-src", "base-uri", "form-action", "frame-ancestors")} == {"'none'"}
    assert not re.search(r"<script(?![^>]* src=)|<style|\son\w+=|\sstyle=|https?://(?!…)[a-z]", page.text)
    assert page.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda each: each.name)
def test_a_script_writes_no_html_and_keeps_nothing(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert not AS_HTML.search(text)
    assert not KEPT.search(text)


@pytest.mark.parametrize("name", ["nothing.js", "index.html", "..%2f__init__.py", "%2e%2e"])
def test_there_are_no_other_files(plain: Client, name: str) -> None:
    assert plain.get(f"/forms/{name}").status_code == 404


def test_the_limit_is_the_receivers(plain: Client) -> None:
    assert f'data-limit="{1024 * 1024 + 64 * 1024}"' in plain.get("/forms").text
