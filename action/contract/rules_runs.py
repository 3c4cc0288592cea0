"""Rules about the runs of workflows: they succeed, their log shows something, and the page serves what they made."""

from action.contract.assertion import Assertion, FileAbsent, PageServesFile, RunLogContains, RunSucceeds, Workflow
from action.contract.rules import Reading, Rule

RUN = (
    r"(?:(?:(?:GitHub|Actions?|CI|push|its|deployment|lint) )*(?:workflow|actions?|pipeline|CI)(?:'s)?"
    r"(?: file)?(?: \S+\.ya?ml)?(?:'s)?(?: runs?)?(?:'s)?)"
)
LOG = rf"(?:(?:{RUN}|run|CI)(?:'s)? )?logs?(?: output)?(?: (?:of|in|from) {RUN})?"
# A plain word could be anything ("the workflow runs successfully"), so only well-known programs count as such.
TOOL = (
    r"(?P<tool>ruff|black|flake8|pylint|mypy|isort|bandit|pytest|unittest|eslint|prettier|stylelint|htmlhint|jshint"
    r"|markdownlint|yamllint|shellcheck|tsc|jest|vitest|node|python3?)"
)
SHOWN = r"(?:is (?:shown|printed|visible)|appears?)"
RAN = rf"(?:ran|runs|is run|has run|is executed|is used|(?:results?|outputs?)(?: {SHOWN})?)"
ON_PAGE = r"(?: (?:on|via|through|by|with|at|to|from|in|using) .*)?"
SERVED = r"(?:published|served|deployed|reachable|uploaded|generated|created|made|built|produced)"


def tool_ran(reading: Reading) -> list[Assertion]:
    file, tool = reading.workflow, reading.piece("tool").lower()
    return [Workflow(file=file, runs=tool), RunLogContains(file=file, ran=tool)]


def step_ran(reading: Reading) -> list[Assertion]:
    file = reading.workflow
    return [Workflow(file=file, step=reading.text()), RunLogContains(file=file, step=reading.text())]


def served(reading: Reading) -> list[Assertion]:
    return [PageServesFile(file=reading.file)]


def made_by_run(reading: Reading) -> list[Assertion]:
    return [FileAbsent(file=reading.file), PageServesFile(file=reading.file)]


RULES = [
    Rule(
        rf"{RUN} (?:succeeds?|pass(?:es)?|succeeded|passed|is (?:green|successful)|(?:completes?|runs?|finish(?:es)?)"
        rf" (?:successfully|without (?:errors?|failures?)))(?: (?:on|in|after|for) .*)?",
        lambda r: [RunSucceeds(file=r.workflow)],
    ),
    Rule(rf"{TOOL} {RAN}(?: and .*)? (?:in|by|during|on) (?:{LOG}|{RUN})(?: .*)?", tool_ran),
    Rule(
        rf"{RUN} (?:contains step (?:that |which )?)?(?:runs|calls|uses|executes) {TOOL}(?: and .* logs?.*)?", tool_ran
    ),
    Rule(rf"{LOG} (?:shows|contains)(?: that)? {TOOL}(?: (?:linter|check))? ?(?:{RAN})?", tool_ran),
    Rule(rf"{LOG} (?:shows|contains)(?: that)? step (?:named |called )?TEXT(?: {RAN})?", step_ran),
    Rule(rf"step (?:named |called )?TEXT {RAN}(?: (?:in|by|during) .*)?", step_ran),
    Rule(
        rf"{LOG} (?:shows|contains) (?:text |line |word |output )?TEXT",
        lambda r: [RunLogContains(file=r.workflow, text=r.text())],
    ),
    Rule(
        r"FILE is not (?:committed|checked in|tracked|in repo)(?: (?:to|in|into|by) (?:git|repo|it))?",
        lambda r: [FileAbsent(file=r.file)],
    ),
    Rule(
        rf"FILE is (?:not (?:committed|checked in|in repo)(?: (?:to|in) (?:git|repo))?,? ?(?:but|and) (?:is )?)"
        rf"(?:{SERVED}|available|exists|on page|on GitHub pages){ON_PAGE}",
        made_by_run,
    ),
    Rule(rf"FILE is {SERVED}(?: .*?)?,? (?:but|and) (?:is )?not committed(?: .*)?", made_by_run),
    Rule(
        r"FILE is (?:published|served|deployed|reachable)(?: (?:on|via|through|by|with|at|to|from|using) .*)?",
        served,
    ),
    Rule(rf"(?:{RUN}|page|GitHub pages|repo) (?:publishes|serves|deploys) (?:generated )?FILE{ON_PAGE}", served),
    Rule(r"FILE exists (?:on|at|through|via) (?:GitHub )?pages?(?: .*)?", served),
    Rule(r"page serves (?:generated )?(?:file )?FILE(?: (?:that|which) .*)?", served),
]
