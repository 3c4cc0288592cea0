"""A workflow file as text that is read strictly and changed in place, so that comments and layout stay."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.tokens import (
    AliasToken,
    AnchorToken,
    BlockEndToken,
    BlockMappingStartToken,
    BlockSequenceStartToken,
    DirectiveToken,
    FlowMappingEndToken,
    FlowMappingStartToken,
    FlowSequenceEndToken,
    FlowSequenceStartToken,
    TagToken,
    Token,
)

LARGEST = 30_000  # bytes
DEEPEST = 20
FORBIDDEN = {
    AnchorToken: "must not use YAML anchors (&name)",
    AliasToken: "must not use YAML aliases (*name)",
    TagToken: "must not use YAML tags (!name)",
    DirectiveToken: "must not use YAML directives (%NAME)",
}


OPENING = (FlowSequenceStartToken, FlowMappingStartToken, BlockSequenceStartToken, BlockMappingStartToken)
CLOSING = (FlowSequenceEndToken, FlowMappingEndToken, BlockEndToken)


class Unreadable(Exception):
    """The text is no YAML that every parser reads in the same way. The message is for the model."""


@dataclass
class Changes:
    """Insertions and replacements by position, applied together."""

    text: str
    made: list[tuple[int, int, str]] = field(default_factory=list)

    def replace(self, node: Node, new: str) -> None:
        """Put `new` in the place of a node."""
        self.made.append((node.start_mark.index, node.end_mark.index, new))

    def replace_to_line_end(self, node: Node, new: str) -> None:
        """Put `new` in the place of a node and of the comment after it."""
        start, end = node.start_mark.index, node.end_mark.index
        line_end = self.text.find("\n", end)
        line_end = len(self.text) if line_end < 0 else line_end
        rest = self.text[end:line_end]
        is_comment = not rest.strip() or rest.lstrip().startswith("#")
        self.made.append((start, line_end if is_comment else end, new))

    def put_before(self, node: Node, lines: list[str]) -> None:
        """Insert lines above the line of a node, as deep as that node."""
        at, indent = node.start_mark.index, " " * node.start_mark.column
        self.made.append((at, at, "".join(f"{line}\n{indent}" for line in lines)))

    def apply(self) -> str:
        """Return the changed text."""
        text = self.text
        for start, end, new in sorted(self.made, key=lambda change: change[0], reverse=True):
            text = text[:start] + new + text[end:]
        return text


def read_mapping(text: str) -> MappingNode:
    """Return the root of the file. Raises Unreadable."""
    if len(text.encode(errors="replace")) > LARGEST:
        raise Unreadable(f"is larger than {LARGEST:,} bytes")
    # Some parsers end a line where others do not, so what one reads as a comment is a key to the other.
    if any(unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for sign in text if sign not in "\n\t"):
        raise Unreadable("must not contain control or invisible characters")
    try:
        check_tokens(text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        check_node(root)
    except yaml.YAMLError as error:
        raise Unreadable(f"is not valid YAML: {' '.join(str(error).split())[:300]}") from None
    except (ValueError, RecursionError):
        raise Unreadable("is not valid YAML") from None
    if not isinstance(root, MappingNode):
        raise Unreadable("must be a YAML mapping with the keys name, on, permissions and jobs")
    return root


def check_tokens(text: str) -> None:
    """Refuse what makes one place mean something at another, and nesting that costs time. Raises Unreadable."""
    for token in within_depth(yaml.scan(text, Loader=yaml.SafeLoader)):
        if reason := FORBIDDEN.get(type(token)):
            raise Unreadable(reason)


def within_depth(tokens: Iterable[Token], deepest: int = DEEPEST) -> Iterator[Token]:
    """Yield tokens of YAML while they are not nested too deep: PyYAML's time grows with the square of that."""
    depth = 0
    for token in tokens:
        depth += isinstance(token, OPENING) - isinstance(token, CLOSING)
        if depth > deepest:
            raise Unreadable(f"is nested deeper than {deepest} levels")
        yield token


def check_node(node: Node | None) -> None:
    """Refuse keys that occur twice, keys that are no plain text, and merge keys. Raises Unreadable."""
    if isinstance(node, SequenceNode):
        for item in node.value:
            check_node(item)
    if isinstance(node, MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, ScalarNode) or key.value == "<<":
                raise Unreadable("must have plain keys only")
            if key.value in seen:
                raise Unreadable(f"has the key {key.value!r} twice (line {key.start_mark.line + 1})")
            seen.add(key.value)
            check_node(value)


def entries(node: Node | None) -> dict[str, Node]:
    """Return the values of a mapping by key; nothing for any other node. `on` stays `on`: no type is guessed."""
    return {key.value: value for key, value in node.value} if isinstance(node, MappingNode) else {}


def items(node: Node | None) -> list[Node]:
    """Return the entries of a list; nothing for any other node."""
    return list(node.value) if isinstance(node, SequenceNode) else []


def text_of(node: Node | None) -> str:
    """Return the text of a scalar, "" for any other node."""
    return str(node.value) if isinstance(node, ScalarNode) else ""


def texts(node: Node | None) -> list[str]:
    """Return a scalar as a list of one, a list as its scalars, and a mapping as its keys."""
    if isinstance(node, MappingNode):
        return list(entries(node))
    return [text_of(item) for item in items(node)] if isinstance(node, SequenceNode) else [text_of(node)]


def scalars(node: Node) -> Iterator[ScalarNode]:
    """Yield every scalar below a node, keys included."""
    if isinstance(node, ScalarNode):
        yield node
    for item in items(node):
        yield from scalars(item)
    if isinstance(node, MappingNode):
        for key, value in node.value:
            yield key
            yield from scalars(value)


def is_block(node: Node) -> bool:
    """Whether a mapping is written over lines, not in braces."""
    return isinstance(node, MappingNode) and not node.flow_style


def first_key(node: Node) -> Node:
    """Return the first key of a mapping that has one."""
    key: Node = node.value[0][0]
    return key


DEPLOY = "actions/deploy-pages"


def jobs_of(root: Node) -> dict[str, Node]:
    """Return the jobs by their keys."""
    return entries(entries(root).get("jobs"))


def deploys(job: Node) -> bool:
    """Whether a job deploys Pages."""
    return any(action_name(used) == DEPLOY for step in items(entries(job).get("steps")) for used in uses_of(step))


def uses_of(step: Node) -> list[Node]:
    """Return what a step uses, as a list of one or none."""
    uses = entries(step).get("uses")
    return [uses] if uses is not None else []


def action_name(uses: Node) -> str:
    """Return the action that a step uses, without its version, as it is in the table of known ones."""
    name, _, version = text_of(uses).partition("@")
    return name.lower() if re.fullmatch(r"[\w./-]+", version) else ""


def deploys_on_push(text: str, branch: str) -> bool:
    """Whether a workflow file, whoever wrote it, deploys Pages on each push to a branch."""
    try:
        root = read_mapping(text.replace("\r\n", "\n"))
    except Unreadable:
        return False
    on = entries(root).get("on")
    push = entries(entries(on).get("push"))
    branches = texts(push["branches"]) if "branches" in push else [branch]
    is_limited = bool(set(push) - {"branches"}) or "push" not in texts(on)
    return not is_limited and branch in branches and any(deploys(job) for job in jobs_of(root).values())


def runs_on_push(text: str) -> bool:
    """Whether each push to some branch starts a workflow, whoever wrote it. With filters for paths, nobody knows."""
    try:
        on = entries(read_mapping(text.replace("\r\n", "\n"))).get("on")
    except Unreadable:
        return False
    return "push" in texts(on) and not set(entries(entries(on).get("push"))) & {"paths", "paths-ignore", "tags"}
