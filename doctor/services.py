"""What is not GitHub: the model, the receiver, the shared secret, and the clocks."""

from collections.abc import Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime

import requests

from action.model.fallback import is_openai, missing_key
from action.model.interface import OPENAI, OPENAI_URL
from action.model.retry_policy import Event, Kind
from doctor.context import Context
from doctor.findings import CannotLook, Finding
from receiver.access import read_keys
from receiver.config import SHORTEST_SECRET

GOOGLE = "https://generativelanguage.googleapis.com"
KEYS = "https://aistudio.google.com/apikey"
SECONDS = 30.0
SECONDS_TO_WAKE = 90.0  # a free host that slept needs up to a minute
CLOCKS_DIFFER = timedelta(seconds=60)


def model(context: Context) -> Iterator[Finding]:
    """Ask for each model by its name. That costs none of the quota."""
    own = context.settings
    if missing := missing_key(context.models, own.gemini_api_key, own.openai_api_key, context.openai_url):
        raise CannotLook(f"{missing} not set here")
    yield from models_of_gemini(context, [name for name in context.models if not is_openai(name)])
    yield from models_of_openai(context, [name for name in context.models if is_openai(name)])


def models_of_openai(context: Context, wanted: list[str]) -> Iterator[Finding]:
    """Look for models in the list that every server of OpenAI's wire has."""
    if not wanted:
        return
    base, key = context.openai_url or OPENAI_URL, context.settings.openai_api_key
    try:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        answer = context.session.get(f"{base}/models", headers=headers, timeout=SECONDS, allow_redirects=False)
        listed = answer.json().get("data") if answer.status_code == 200 else []
        known = {str(each.get("id")) for each in listed if isinstance(each, dict)}
    except requests.RequestException as error:
        raise CannotLook(f"{base} could not be reached ({type(error).__name__})") from None
    except (ValueError, TypeError, AttributeError):
        known = set()
    if answer.status_code in {401, 403}:
        yield Finding(
            f"The server at {base} does not accept OPENAI_API_KEY (it answered {answer.status_code}).",
            "no page is written by its models: the next one of GEMINI_MODEL is asked, or the fallback page published.",
            "Set a key of that server as the secret OPENAI_API_KEY: make setup.",
            base,
        )
        return
    if not known:
        raise CannotLook(f"{base}/models answered {answer.status_code}, and no list of models")
    for name in wanted:
        bare = name.removeprefix(OPENAI)
        if not {bare, f"{bare}:latest", bare.rpartition(":")[0]} & known:
            yield no_such_model(context, name)


def no_such_model(context: Context, name: str) -> Finding:
    """Return the finding for a name that the provider does not know."""
    return Finding(
        f"There is no model {name}.",
        "it is passed over in each build; without any that is there, the fallback page is published.",
        "Correct the variable GEMINI_MODEL.",
        context.web("/settings/variables/actions"),
    )


def models_of_gemini(context: Context, wanted: list[str]) -> Iterator[Finding]:
    """Ask for each model of the Gemini API by its name."""
    base = (context.variable("GOOGLE_GEMINI_BASE_URL", context.settings.gemini_url) or GOOGLE).rstrip("/")
    for name in wanted:
        event = ask_for(context, base, name)
        if event is None:
            continue
        if event.is_key_invalid or (event.status in {401, 403} and not event.is_region_refused):
            yield Finding(
                f"The model's provider does not accept GEMINI_API_KEY (it answered {event.status}).",
                "no page is written: the fallback page is published instead (E-MODEL-KEY).",
                "Make a new key, and set it as the secret GEMINI_API_KEY: make setup.",
                KEYS,
            )
            return
        if event.is_region_refused:
            yield Finding(
                f"The model's provider does not serve this place: {event.detail}",
                "builds may run elsewhere, so it can work there; if not, the fallback page is published.",
                "Look at the first build, or use another provider: variable GOOGLE_GEMINI_BASE_URL.",
                "https://ai.google.dev/gemini-api/docs/available-regions",
                is_fault=False,
            )
            return
        if event.status != 404:
            raise CannotLook(f"{base} answered {event} when it was asked for {name}")
        yield no_such_model(context, name)


def ask_for(context: Context, base: str, name: str) -> Event | None:
    """Return why a model cannot be had, None for one that can. Raises CannotLook."""
    try:
        answer = context.session.get(
            f"{base}/v1beta/models/{name}",
            headers={"x-goog-api-key": context.settings.gemini_api_key},
            timeout=SECONDS,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        raise CannotLook(f"{base} could not be reached ({type(error).__name__})") from None
    if answer.status_code == 200:
        return None
    try:
        body = answer.json()
    except ValueError:
        return Event(Kind.STATUS, status=answer.status_code)
    # Most models are there, and the SDK takes a second to import.
    from google.genai import errors

    from action.model.gemini import event_of

    return event_of(errors.APIError(answer.status_code, body), low_thinking=False)


def student_secret(context: Context) -> Iterator[Finding]:
    """Look at the secret that is shared with senders, and at the keys besides it, where they are set here."""
    if len(context.settings.student_secret) < SHORTEST_SECRET:
        yield Finding(
            f"STUDENT_SECRET is shorter than {SHORTEST_SECRET} characters.",
            "whoever guesses it can send tasks and open sealed requests, and logs do not hide it.",
            "Choose 16 random characters or more, for the receiver, the runner repository and all senders.",
            context.web("/settings/secrets/actions"),
        )
    own, wrong = context.settings, list[str]()
    given = {"STUDENT_SECRET": own.student_secret, "KEYS": own.keys, "KEYS_FILE": own.keys_file}
    read_keys({name: text for name, text in given.items() if text}, wrong)
    if wrong:
        yield Finding(
            f"The keys with rights cannot be used: {'; '.join(wrong)}.",
            "the receiver does not start with them.",
            "Correct KEYS or KEYS_FILE; `python -m receiver key NAME --rights read` makes an entry (docs/deploy.md).",
        )


def receiver(context: Context) -> Iterator[Finding]:
    """Look whether the receiver answers, and whether it has the same secret and a token that works."""
    url = context.settings.receiver_url.rstrip("/")
    health = reach(context, f"{url}/health", {})
    if isinstance(health, str) or health.status_code != 200 or '"ok"' not in health.text:
        said = health if isinstance(health, str) else f"it answered {health.status_code}"
        yield Finding(
            f"There is no receiver at {url} ({said}).",
            "no task arrives.",
            "Start it (docs/deploy.md), or correct RECEIVER_URL; the log of its host says why it does not start.",
            f"{url}/health",
        )
        return
    yield from clock(context, health, "receiver's")
    if not context.has("STUDENT_SECRET"):
        raise CannotLook("it answers; whether it has the same secret needs STUDENT_SECRET")
    status = reach(context, f"{url}/status", {"X-API-KEY": context.settings.student_secret.encode()})
    if isinstance(status, str):
        raise CannotLook(f"its status could not be had ({status})")
    if status.status_code == 401:
        yield Finding(
            "The receiver has another STUDENT_SECRET than the one here.",
            "tasks with this secret are answered with 401; if the runner repository has it, builds end with E-REQUEST.",
            "Set the same value at the receiver's host, here, and as the secret of the runner repository: make setup.",
            url,
        )
    elif status.status_code == 503:
        body = status.json() if "json" in status.headers.get("Content-Type", "") else {}
        yield Finding(
            f"The receiver cannot use GitHub: {body.get('message', '')} {body.get('cause', '')}".rstrip(),
            "it answers 503 to every task.",
            "Set GITHUB_TOKEN and RUNNER_REPOSITORY at the receiver's host, and start it again.",
            url,
        )
    elif status.status_code != 200:
        yield Finding(
            f"The receiver answered {status.status_code} when it was asked for its builds.",
            "it is another version, or something stands in between.",
            "Deploy the version that you look with (docs/deploy.md).",
            url,
        )


def reach(context: Context, url: str, headers: dict[str, bytes]) -> requests.Response | str:
    """Return what answers at an address, or in a word why nothing does."""
    try:
        return context.session.get(url, headers=headers, timeout=SECONDS_TO_WAKE, allow_redirects=False)
    except (requests.RequestException, ValueError) as error:
        return type(error).__name__


def clock_here(context: Context) -> Iterator[Finding]:
    """Compare this machine's clock with GitHub's."""
    reply = context.reader.get(context.path())
    yield from differs(context, str(reply.headers.get("date", "")), "clock of this machine", "GitHub's", "")


def clock(context: Context, answer: requests.Response, whose: str) -> Iterator[Finding]:
    """Compare the clock of who answered with the one here."""
    said = str(answer.headers.get("date", ""))
    yield from differs(context, said, f"{whose} clock", "the one of this machine", context.settings.receiver_url)


def differs(context: Context, said: str, which: str, other: str, where: str) -> Iterator[Finding]:
    """Compare a moment that a server said with the present one."""
    try:
        away = abs(context.now() - parsedate_to_datetime(said))
    except (ValueError, TypeError):
        return
    if away > CLOCKS_DIFFER:
        yield Finding(
            f"The {which} differs from {other} by {away.total_seconds():.0f} seconds.",
            "a build's ten minutes begin when the receiver's clock says so: callbacks come too late, or are given up.",
            "Let that machine set its clock by NTP.",
            where,
        )
