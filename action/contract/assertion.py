"""An assertion: one of the kinds of things that must be true of a candidate. All kinds stand here, and nothing else."""

from typing import Annotated, Literal, get_args

from pydantic import ConfigDict, Field, TypeAdapter

from action.contract.kind import Kind, OfFiles, Origin, Short
from action.contract.kinds_data import DataFilesParse, Format, JsonAt, JsonType, ValidFile
from action.contract.kinds_files import (
    ConvertsAttachment,
    EqualsAttachment,
    FileAbsent,
    FileExists,
    LicenseIsMit,
    LinksResolve,
    ReadmeSections,
    SourceText,
    TextContains,
    WordCount,
)
from action.contract.kinds_page import (
    Element,
    InPage,
    Js,
    NoConsoleErrors,
    PageLinks,
    PageLoads,
    PageText,
    PageTitle,
    PageWords,
)
from action.contract.kinds_runs import AfterPublishing, OfRuns, PageServesFile, RunLogContains, RunSucceeds, Workflow
from action.contract.kinds_steps import FollowsData, Steps


class Advice(Kind):
    """What cannot be executed. Nobody judges it in a build, so it stays unclear there; it never gates."""

    kind: Literal["advice"] = "advice"
    examples = ('"question": "<what only a person could judge>"',)
    question: Short

    def describe(self) -> str:
        """Say it in English."""
        return self.question


Assertion = Annotated[
    Js
    | PageLoads
    | NoConsoleErrors
    | PageTitle
    | PageText
    | PageWords
    | Element
    | PageLinks
    | Steps
    | FollowsData
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
ASSERTION: TypeAdapter[Assertion] = TypeAdapter(Assertion, config=ConfigDict(defer_build=True))
KINDS: tuple[type[Kind], ...] = get_args(get_args(Assertion)[0])
