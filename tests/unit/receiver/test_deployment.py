"""The files that hosts read say the same as the program."""

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft7Validator

from receiver.config import APP, REQUIRED, Config

ROOT = Path(__file__).resolve().parents[3]
OPTIONAL = (
    *("ALLOWED_HOSTS", "CORS_ORIGINS", "DASHBOARD_URL", "EXECUTE_WAIT_S", "GITHUB_API_URL", "GITHUB_TIMEOUT_S"),
    "HOST",
    *("KEYS", "KEYS_FILE", "LOG_FORMAT", "MAX_REQUEST_MB", "PORT", "TARGET_OWNER"),
)
NAMES = {*REQUIRED, *APP, *OPTIONAL}
FILLED_IN = {"STUDENT_SECRET": "a-secret", "GITHUB_TOKEN": "b", "RUNNER_REPOSITORY": "owner/name"}


def read(name: str) -> str:
    return (ROOT / name).read_text()


def test_the_example_environment_has_every_name_with_its_default() -> None:
    example = dict(line.split("=", 1) for line in read(".env.example").splitlines() if line and line[0] != "#")
    assert set(example) == NAMES
    assert Config.from_environ({**example, **FILLED_IN}) == Config.from_environ(FILLED_IN)


def test_the_documentation_names_every_setting() -> None:
    assert not [name for name in NAMES if f"`{name}`" not in read("docs/deploy.md")]


def test_render_asks_for_what_is_required_and_waits_for_requests_in_flight() -> None:
    (service,) = yaml.safe_load(read("render.yaml"))["services"]
    asked: set[Any] = {entry["key"] for entry in service["envVars"] if entry.get("sync") is False}
    assert asked == set(REQUIRED)
    assert service["maxShutdownDelaySeconds"] > Config.from_environ(FILLED_IN).finish_within_s


def test_every_host_starts_the_same_program_and_reaches_it() -> None:
    assert "HOST=0.0.0.0 python -m api" in read("Procfile")
    assert 'CMD ["python", "-m", "api"]' in read("Dockerfile")
    assert "HOST=0.0.0.0" in read("Dockerfile")
    (service,) = yaml.safe_load(read("render.yaml"))["services"]
    assert service["startCommand"] == "python -m api"
    assert "python -m receiver" in read("docs/deploy.md")


def test_the_image_copies_what_is_there_and_nothing_that_is_ignored() -> None:
    sources = re.findall(r"^COPY (\S+)", read("Dockerfile"), re.M)
    assert sources[:3] == ["requirements/receiver.txt", "receiver", "api"]
    assert sources[3:] == ["action/__init__.py", "action/gates", "action/contract"], "what POST /explain runs"
    for source in sources:
        assert (ROOT / source).exists()
        assert f"!{source}\n" in read(".dockerignore")


def test_the_top_level_requirements_install_the_receiver() -> None:
    lines = [line for line in read("requirements.txt").splitlines() if not line.startswith("#")]
    assert lines == ["-r requirements/receiver.txt"]


def test_the_compose_file_is_one_by_its_specification__and_starts_the_same_programs() -> None:
    schema = json.loads((files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json").read_text())
    compose = yaml.safe_load(read("compose.yaml"))
    assert [error.message for error in Draft7Validator(schema).iter_errors(compose)] == []
    services = compose["services"]
    assert [name for name, service in services.items() if not service.get("profiles")] == ["api"]
    assert "command" not in services["api"]  # the image's own: python -m api
    assert services["receiver"]["command"] == ["python", "-m", "receiver"]
    for name in ("api", "receiver"):
        assert services[name]["ports"] == ["127.0.0.1:8000:8000"]
        assert services[name]["environment"]["PORT"] == "8000"
        grace = int(services[name]["stop_grace_period"].removesuffix("s"))
        assert grace > Config.from_environ(FILLED_IN).finish_within_s
    targets = re.findall(r"make ([a-z]+)", services["trial"]["command"][-1])
    assert targets == ["browser", "up"]
    assert not [target for target in targets if not re.search(rf"^{target}:", read("Makefile"), re.M)]
