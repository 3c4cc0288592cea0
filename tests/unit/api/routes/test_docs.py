"""GET /docs: the viewer comes from this origin only, and may reach no other."""

import re

import pytest
from flask import Flask
from werkzeug.test import Client

from api.routes.docs import FILES, VIEWER


@pytest.fixture
def plain(app: Flask) -> Client:
    return app.test_client()


def addresses(page: str) -> list[str]:
    return re.findall(r"(?:src|href|data-description)=[\"']([^\"']+)", page)


def test_every_file_of_the_page_is_served_here(plain: Client) -> None:
    page = plain.get("/docs")
    assert page.status_code == 200
    found = addresses(page.text)
    assert len(found) >= 5
    for address in found:
        assert re.match(r"/[^/]", address), f"{address} is not of this origin"
        assert plain.get(address, buffered=True).status_code == 200, address


@pytest.mark.parametrize("prefix", ["", "/sub"])
def test_behind_a_prefix_the_files_are_found_as_well(plain: Client, prefix: str) -> None:
    page = plain.get("/docs/", base_url=f"http://localhost{prefix}")
    assert {each for each in addresses(page.text) if each.endswith(".js")} == {
        f"{prefix}/docs/{name}" for name in ("start.js", "swagger-ui-bundle.js")
    }


def test_the_policy_lets_nothing_in_from_elsewhere_and_no_code_in_the_page(plain: Client) -> None:
    page = plain.get("/docs")
    policy = dict(each.strip().split(" ", 1) for each in page.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert {policy[name] for name in ("script-src", "style-src", "connect-src")} == {"'self'"}
    assert set(policy["img-src"].split()) == {"'self'", "data:"}
    assert not re.search(r"<script>|<style|\son\w+=|style=", page.text)


def test_the_style_loads_nothing_from_elsewhere(plain: Client) -> None:
    style = plain.get("/docs/swagger-ui.css", buffered=True).text
    loaded = re.findall(r"url\(([^)]*)\)|@import", style)
    assert loaded
    assert not [each for each in loaded if not each.strip("\"'").startswith(("data:", "#"))]


@pytest.mark.parametrize("name", ["nothing.js", "..%2f__init__.py", "swagger-ui-standalone-preset.js", "%2e%2e"])
def test_there_are_no_other_files(plain: Client, name: str) -> None:
    assert plain.get(f"/docs/{name}").status_code == 404


def test_the_package_has_what_is_served() -> None:
    assert [name for name, folder in FILES.items() if not (VIEWER / folder / name).is_file()] == []
