"""An assertion: one thing that must be true of a candidate, with its origin, its parameters and a plain sentence."""

import hashlib
import json
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, model_validator

Origin = Literal["given", "inferred", "base"]
Short = Annotated[str, Field(min_length=1, max_length=2_000)]


def inside(path: str) -> str:
    """Return a path that stays inside the repository. Raises ValueError."""
    if path.startswith("/") or "\\" in path or any(part in {"..", "."} for part in path.split("/")):
        raise ValueError("must be a relative path without '..'")
    if any(character < " " for character in path):
        raise ValueError("must not contain control characters")
    return path


FileName = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(inside)]
PagePath = Annotated[str, Field(max_length=200, pattern=r"^[^?#]*$"), AfterValidator(inside)]
Format = Literal["svg", "json", "yaml", "csv", "xml"]
JsonType = Literal["string", "number", "integer", "boolean", "array", "object", "null"]
DESCRIPTIVE = {"origin", "sentence", "source", "round"}  # everything else is a parameter


class Common(BaseModel):
    """What every kind has. `source` is the words it was compiled from, `round` the round that brought it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    subject_fields: ClassVar[tuple[str, ...]] = ()  # when given: two assertions that differ elsewhere contradict
    origin: Origin = "given"
    sentence: str = ""
    source: str = ""
    round: int = Field(default=1, ge=1)

    @property
    def id(self) -> str:
        """The same for the same kind and parameters, in every round and whatever its origin."""
        # Without defaults, so that a parameter that a later version adds leaves the ids of old assertions alone.
        values = self.model_dump(mode="json", exclude=DESCRIPTIVE | {"kind"}, exclude_defaults=True)
        return f"{self.kind.replace('_', '-')}-{digest_of(values)}"

    def parameters(self) -> dict[str, Any]:
        """Return what makes this assertion different from others of its kind."""
        return self.model_dump(mode="json", exclude=DESCRIPTIVE | {"kind"})

    def subject(self) -> tuple[str, ...]:
        """Return what it is about: a later assertion about the same subject takes this one's place."""
        values = self.parameters()
        names = self.subject_fields or tuple(values)
        return (self.kind, *(json.dumps(values[name], sort_keys=True) for name in names))


def digest_of(value: object) -> str:
    """Return ten hex digits that stand for a JSON value."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:10]


class InPage(Common):
    """A kind that needs the browser. `path` is relative to the site, `query` begins with "?" or is empty."""

    path: PagePath = ""
    query: str = Field(default="", max_length=2_000, pattern=r"^(\?[^\x00-\x1f\s#]*)?$")


class Js(InPage):
    """An expression that becomes true in the page, kept as the caller wrote it."""

    kind: Literal["js"] = "js"
    expression: Annotated[str, Field(min_length=1, max_length=20_000)]
    wait_seconds: float = Field(default=5.0, gt=0, le=30)


class PageLoads(InPage):
    """The page answers 200, is not blank, and stays responsive."""

    kind: Literal["page_loads"] = "page_loads"


class NoConsoleErrors(InPage):
    """No uncaught exception, no error on the console, no missing file of the site's own."""

    kind: Literal["no_console_errors"] = "no_console_errors"


class PageTitle(InPage):
    """The title of the document, by equality."""

    kind: Literal["page_title"] = "page_title"
    subject_fields = ("path", "query")
    equals: Short


class PageText(InPage):
    """Visible text of the page contains `contains` (white space and case do not count)."""

    kind: Literal["page_text"] = "page_text"
    contains: Short


class PageWords(InPage):
    """The number of words inside an element of the page."""

    kind: Literal["page_words"] = "page_words"
    subject_fields = ("path", "query", "selector")
    selector: Short = "body"
    minimum: int = Field(default=0, ge=0)
    maximum: int | None = Field(default=None, ge=0)


class Element(InPage):
    """An element exists; and has a tag, an exact text (trimmed) or an attribute when these are given."""

    kind: Literal["element"] = "element"
    subject_fields = ("path", "query", "selector")
    selector: Short
    tag: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9-]*$")
    text: str | None = Field(default=None, max_length=2_000)
    contains: str | None = Field(default=None, max_length=2_000)
    attribute: str | None = Field(default=None, pattern=r"^[A-Za-z_:][\w:.-]*$")


class PageLinks(InPage):
    """The rendered page has a link to each of `targets` (file names of the site, or addresses)."""

    kind: Literal["page_links"] = "page_links"
    subject_fields = ("path", "query")
    targets: Annotated[tuple[Short, ...], Field(min_length=1, max_length=100)]


class FileExists(Common):
    """A file is there under exactly this name, and is not empty."""

    kind: Literal["file_exists"] = "file_exists"
    file: FileName


class FileAbsent(Common):
    """No file has this name."""

    kind: Literal["file_absent"] = "file_absent"
    file: FileName


class JsonAt(Common):
    """The value at `at` ("" is the root, "a.b[0].c", "[*]" is every entry) has a type, a value, keys or a length."""

    kind: Literal["json_at"] = "json_at"
    subject_fields = ("file", "at")
    file: FileName
    at: str = Field(default="", max_length=300)
    type: JsonType | None = None
    equals: JsonValue = None
    has_equals: bool = False
    keys: tuple[Short, ...] = ()
    minimum_length: int | None = Field(default=None, ge=0)

    @model_validator(mode="before")
    @classmethod
    def tell_null_from_nothing(cls, value: Any) -> Any:
        """`equals: null` is a wish, a missing `equals` is none."""
        if isinstance(value, dict) and "equals" in value and "has_equals" not in value:
            return {**value, "has_equals": True}
        return value


class TextContains(Common):
    """A file contains a text (case counts unless `ignore_case`)."""

    kind: Literal["text_contains"] = "text_contains"
    file: FileName
    text: Short
    ignore_case: bool = False


class WordCount(Common):
    """The number of words of a file; of an HTML file, those outside its tags."""

    kind: Literal["word_count"] = "word_count"
    subject_fields = ("file",)
    file: FileName
    minimum: int = Field(default=0, ge=0)
    maximum: int | None = Field(default=None, ge=0)


class ValidFile(Common):
    """A file is well-formed in its format."""

    kind: Literal["valid_file"] = "valid_file"
    file: FileName
    format: Format


class DataFilesParse(Common):
    """Every JSON, SVG, YAML and XML file of the candidate is well-formed."""

    kind: Literal["data_files_parse"] = "data_files_parse"


class LinksResolve(Common):
    """Every relative link, script, style sheet and image in the HTML files leads to a file that is there."""

    kind: Literal["links_resolve"] = "links_resolve"


class EqualsAttachment(Common):
    """A file has the bytes of an attachment."""

    kind: Literal["equals_attachment"] = "equals_attachment"
    subject_fields = ("file",)
    file: FileName
    attachment: FileName
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")  # so that later rounds need no bytes


class ConvertsAttachment(Common):
    """A file holds the table of an attachment in another format (spreadsheet, CSV, JSON records)."""

    kind: Literal["converts_attachment"] = "converts_attachment"
    subject_fields = ("file",)
    file: FileName
    attachment: FileName


class LicenseIsMit(Common):
    """LICENSE at the root is the MIT license."""

    kind: Literal["license_is_mit"] = "license_is_mit"


class ReadmeSections(Common):
    """README.md has these sections (headings; usual synonyms count)."""

    kind: Literal["readme_sections"] = "readme_sections"
    sections: Annotated[tuple[Short, ...], Field(min_length=1, max_length=30)]


class SourceText(Common):
    """The source of the page contains a literal text. `first_script`: in the text of the first script element."""

    kind: Literal["source_text"] = "source_text"
    text: Short
    where: Literal["site", "first_script"] = "site"
    file: FileName = "index.html"


class Workflow(Common):
    """A file in .github/workflows has these things: a trigger, a used action, a command, a step's name."""

    kind: Literal["workflow"] = "workflow"
    file: FileName | None = None  # None: any workflow file except our own pages.yml
    trigger: Short | None = None
    uses: Short | None = None
    runs: Short | None = None
    step: Short | None = None


class AfterPublishing(Common):
    """A kind that nothing is known about before the push: it is about what GitHub does with the commit."""


class RunSucceeds(AfterPublishing):
    """The run of a workflow for the published commit ends without a failure."""

    kind: Literal["run_succeeds"] = "run_succeeds"
    file: FileName | None = None  # None: every workflow except our own pages.yml


class RunLogContains(AfterPublishing):
    """The log of such a run has a text (case does not count), a step with this name ran, or this program ran."""

    kind: Literal["run_log_contains"] = "run_log_contains"
    file: FileName | None = None
    text: Short | None = None
    step: Short | None = None
    ran: Annotated[str, Field(pattern=r"^[\w@./-]{1,60}$")] | None = None

    @model_validator(mode="after")
    def wants_something(self) -> "RunLogContains":
        """A wish for nothing would always come true."""
        if not (self.text or self.step or self.ran):
            raise ValueError("needs a text, a step or a program")
        return self


class PageServesFile(AfterPublishing):
    """The page serves a file of this name, whether it is committed or made by a run."""

    kind: Literal["page_serves_file"] = "page_serves_file"
    file: FileName


class Advice(Common):
    """What cannot be executed. Nobody judges it in a build, so it stays unclear there; it never gates."""

    kind: Literal["advice"] = "advice"
    question: Short


Assertion = Annotated[
    Js
    | PageLoads
    | NoConsoleErrors
    | PageTitle
    | PageText
    | PageWords
    | Element
    | PageLinks
    | FileExists
    | FileAbsent
    | JsonAt
    | TextContains
    | WordCount
    | ValidFile
    | DataFilesParse
    | LinksResolve
    | EqualsAttachment
    | ConvertsAttachment
    | LicenseIsMit
    | ReadmeSections
    | SourceText
    | Workflow
    | RunSucceeds
    | RunLogContains
    | PageServesFile
    | Advice,
    Field(discriminator="kind"),
]
ASSERTION: TypeAdapter[Assertion] = TypeAdapter(Assertion)
