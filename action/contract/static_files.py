"""Verdicts on files: present, absent, equal to an attachment, well-formed, links that lead somewhere."""

import hashlib
import json
import xml.parsers.expat
from collections.abc import Callable
from pathlib import PurePosixPath
from posixpath import normpath
from urllib.parse import unquote, urlsplit

import yaml

from action.contract import tables
from action.contract.assertion import (
    ConvertsAttachment,
    DataFilesParse,
    EqualsAttachment,
    FileAbsent,
    FileExists,
    Format,
    LinksResolve,
    ValidFile,
)
from action.contract.html import read
from action.contract.verdict import PASS, Candidate, Verdict, failed, unclear
from action.gates.workflow_yaml import Unreadable, within_depth

LARGEST_YAML = 200_000  # bytes; more would take seconds
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where libyaml is there
DEEPEST_DATA = 100  # levels of YAML; a workflow has fewer, data may have more
FORMATS: dict[str, Format] = {".json": "json", ".svg": "svg", ".yml": "yaml", ".yaml": "yaml", ".xml": "xml"}


def file_exists(assertion: FileExists, candidate: Candidate) -> Verdict:
    """A file of this exact name, with content."""
    content = candidate.files.get(assertion.file)
    if content is None:
        return missing(assertion.file, candidate)
    return PASS if content.strip() else failed(f"{assertion.file} is empty")


def missing(name: str, candidate: Candidate) -> Verdict:
    """Return the verdict on a file that is not there."""
    return failed(f"{name} does not exist", candidate.near(name))


def file_absent(assertion: FileAbsent, candidate: Candidate) -> Verdict:
    """No file of this name."""
    return failed(f"{assertion.file} exists") if assertion.file in candidate.files else PASS


def equals_attachment(assertion: EqualsAttachment, candidate: Candidate) -> Verdict:
    """The bytes of the attachment, compared by digest so that an earlier round's attachment can be checked too."""
    attached = candidate.attachments.get(assertion.attachment)
    wanted = digest(attached) if attached is not None else assertion.sha256
    if wanted is None:
        return unclear(f"the attachment {assertion.attachment} could not be read, so nothing could be compared")
    content = candidate.files.get(assertion.file)
    if content is None:
        return missing(assertion.file, candidate)
    if digest(content) == wanted:
        return PASS
    size = f" instead of {len(attached)}" if attached is not None else ""
    return failed(f"{assertion.file} differs from the attachment: it has {len(content)} bytes{size}")


def digest(content: bytes) -> str:
    """Return the SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()


def converts_attachment(assertion: ConvertsAttachment, candidate: Candidate) -> Verdict:
    """The same table in another format."""
    content = candidate.files.get(assertion.file)
    if content is None:
        return missing(assertion.file, candidate)
    original = candidate.attachments.get(assertion.attachment, candidate.files.get(assertion.attachment))
    if original is None:
        return unclear(f"the attachment {assertion.attachment} is not at hand, so nothing could be compared")
    try:
        wanted = tables.rows_of(assertion.attachment, original)
    except tables.UnreadableTable as error:
        return unclear(f"the attachment {assertion.attachment} is no table: {error}")
    try:
        found = tables.difference(tables.rows_of(assertion.file, content), wanted)
    except tables.UnreadableTable as error:
        return failed(f"{assertion.file}: {error}")
    return failed(f"{assertion.file}: {found}") if found else PASS


def valid_file(assertion: ValidFile, candidate: Candidate) -> Verdict:
    """Well-formed in one format."""
    content = candidate.files.get(assertion.file)
    if content is None:
        return missing(assertion.file, candidate)
    problem = PARSERS[assertion.format](content)
    return failed(f"{assertion.file} is not valid {assertion.format.upper()}: {problem}") if problem else PASS


def data_files_parse(assertion: DataFilesParse, candidate: Candidate) -> Verdict:
    """Every data file that is not an attachment (those may be broken on purpose) is well-formed."""
    problems = []
    for name, content in candidate.files.items():
        kind = FORMATS.get(PurePosixPath(name).suffix.lower())
        if kind and candidate.attachments.get(name) != content and (problem := PARSERS[kind](content)):
            problems.append(f"{name} is not valid {kind.upper()}: {problem}")
    return failed("; ".join(problems)) if problems else PASS


def json_problem(content: bytes) -> str | None:
    """Strict JSON: no comments, no trailing commas, no NaN."""
    try:
        json.loads(content.decode("utf-8"), parse_constant=not_json)
    except (ValueError, RecursionError) as error:
        return str(error)
    return None


def not_json(constant: str) -> None:
    """Refuse NaN and Infinity, which Python reads and browsers do not."""
    raise ValueError(f"{constant} is not JSON")


def xml_problem(content: bytes) -> str | None:
    """Well-formed XML. Expat neither fetches external entities nor expands large ones."""
    parser = xml.parsers.expat.ParserCreate()
    try:
        parser.Parse(content, True)
    except (xml.parsers.expat.ExpatError, ValueError) as error:
        return str(error)
    return None


def svg_problem(content: bytes) -> str | None:
    """Well-formed, with a root element svg in SVG's name space."""
    roots: list[str] = []
    parser = xml.parsers.expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = lambda name, attributes: None if roots else roots.append(name)
    try:
        parser.Parse(content, True)
    except (xml.parsers.expat.ExpatError, ValueError) as error:
        return str(error)
    if roots == ["http://www.w3.org/2000/svg svg"]:
        return None
    return f'the root element must be <svg xmlns="http://www.w3.org/2000/svg">, it is <{"".join(roots[:1])}>'


def yaml_problem(content: bytes) -> str | None:
    """One or more YAML documents. What is very long passes."""
    if len(content) > LARGEST_YAML:
        return None
    try:
        for token in within_depth(yaml.scan(content, Loader=Loader), DEEPEST_DATA):
            del token
        for event in yaml.parse(content, Loader=Loader):
            del event
    except (yaml.YAMLError, ValueError, RecursionError, Unreadable) as error:
        return " ".join(str(error).split())
    return None


def csv_problem(content: bytes) -> str | None:
    """A header and rows that are all as long as it."""
    first = 0
    try:
        for number, row in enumerate((row for row in tables.within(tables.csv_rows(content, ",")) if row), start=1):
            first = first or len(row)
            if len(row) != first:
                return f"row {number} has {len(row)} cells, the header has {first}"
    except tables.TooManyCells:
        return None  # what was read is well-formed
    except tables.UnreadableTable as error:
        return str(error)
    return None if first else "it has no rows"


PARSERS: dict[Format, Callable[[bytes], str | None]] = {
    "json": json_problem,
    "svg": svg_problem,
    "xml": xml_problem,
    "yaml": yaml_problem,
    "csv": csv_problem,
}


def links_resolve(assertion: LinksResolve, candidate: Candidate) -> Verdict:
    """Relative references of every HTML file."""
    problems = [
        f'{name} refers to "{address}", {problem}'
        for name, html in candidate.html.items()
        for _, address in read(html).references
        if (problem := reference_problem(name, address, candidate))
    ]
    return failed("; ".join(dict.fromkeys(problems))) if problems else PASS


def reference_problem(page: str, address: str, candidate: Candidate) -> str | None:
    """Say what is wrong with an address in a page; None when it leads somewhere or outside."""
    try:
        parts = urlsplit(address)
    except ValueError:  # brackets in the host, for example
        return "which is no address"
    if parts.scheme or parts.netloc or not parts.path or "${" in address or "{{" in address:
        return None
    path = unquote(parts.path)
    if path.startswith("/"):
        if not path.startswith(candidate.site_path) or candidate.site_path == "/":
            return "which begins with / and so leaves the sub-path that Pages serves the site under: make it relative"
        target = path.removeprefix(candidate.site_path)
    else:
        target = f"{PurePosixPath(page).parent}/{path}"
    return None if leads_somewhere(target, candidate) else "which is not among the files"


def leads_somewhere(target: str, candidate: Candidate) -> bool:
    """Whether Pages would answer: a file, a directory with index.html, or a name without .html."""
    clean = normpath(target or ".").removeprefix("./")
    if clean in {".", ""}:
        return "index.html" in candidate.files
    known = candidate.files.keys() | candidate.generated
    return any(name in known for name in (clean, f"{clean}/index.html", f"{clean}.html"))
