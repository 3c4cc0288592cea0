"""JavaScript in checks, read by a parser and never run: whether a text is a program, and why it can never be true."""

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from action.contract.patterns import NAME

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

LONGEST_PARSED = 10_000  # characters; a longer expression is asked in the browser as it is
HOPELESS = "it can never be true as it was sent"
GLOBALS = frozenset(
    re.findall(
        r"\w+",
        "document window globalThis self navigator location history localStorage sessionStorage getComputedStyle Array "
        "Date Object Math JSON Number String Boolean RegExp Promise Intl URL URLSearchParams parseInt parseFloat isNaN "
        "fetch performance screen customElements matchMedia",
    )
)
CODE = {"arrow_function", "function_expression", "optional_chain"}
COMPARED = {"call_expression", "member_expression", "subscript_expression", "unary_expression"}
# Programs with an error in them begin like this, and have no two words of English beside each other.
BEGINS = re.compile(
    r"[\s!(]*+(?:(?:async|await|return|typeof)\s++[\s!(]*+)?"
    rf"(?:(?:{'|'.join(sorted(GLOBALS))})(?:\?\.|[.(\[])|\)\s*+=>|[A-Za-z_$][\w$]*+\s*+=>|\$\()"
)
ENGLISH = re.compile(rf"{NAME}|\w+\(s\)", re.IGNORECASE)  # "README.md" and "Item(s)" are programs, too
IN_QUOTES = re.compile(r"\"[^\"\n]*+\"|'[^'\n]*+'|`[^`]*+`")
KEYWORDS = frozenset(
    re.findall(
        r"\w+",
        "async await break case catch class const continue delete do else finally for function if in instanceof let "
        "new of return switch throw try typeof var void while yield",
    )
)
# What test programs call, and no page has: such a line is code, but not of the page.
TOOLS = frozenset(
    re.findall(r"\w+", "assert browser client cy driver expect len page print pytest request requests response soup")
)
OF_TOOLS = re.compile(r"(?<![.\w$])(?:By\.[A-Z]|screen\.(?:get|query|find)(?:All)?By)")
WORDS = re.compile(r"(?:(?<![\w$])([A-Za-z]{2,}+)|['\")\]])\s++(?=([A-Za-z]{2,}+)(?![\w$.(]))")
SENDERS = r"(?:seed|result|nonce|hash|random|uuid|email|round|task(?:_?id)?|total|expected|answer|value)"
IN_SOURCE = re.compile(rf"\$\{{\s*{SENDERS}\s*\}}|\{{\{{\s*{SENDERS}\s*\}}\}}", re.IGNORECASE)
PLACEHOLDER = re.compile(
    rf"\$\{{\s*[A-Za-z_][\w.]{{0,60}}\s*\}}|\{{\{{\s*[A-Za-z_][\w.]{{0,60}}\s*\}}\}}|\{{\s*{SENDERS}\s*\}}"
    r"|<(?:seed|nonce|hash)>|__(?:seed|nonce|hash|result)__",
    re.IGNORECASE,
)
SOURCE = re.compile(r"script|HTML|\btext\(", re.IGNORECASE)
LOOKS_UP = re.compile(r"\.(?:querySelector(?:All)?|closest|matches)$")
NEAR = 40  # characters of a program that are shown where it goes wrong


def is_script(text: str) -> bool:
    """Whether a text is JavaScript rather than English: what no sentence has, or a program with a mistake in it."""
    if len(text) > LONGEST_PARSED:
        return False
    root = parsed(text)
    if not is_wrong(root):
        return any(is_code(node) for node in nodes(root)) and not is_of_tools(root)
    bare = IN_QUOTES.sub("''", text)
    return bool(BEGINS.match(text)) and all(KEYWORDS & set(match.groups()) for match in WORDS.finditer(bare))


def is_code(node: "Node") -> bool:
    """Whether a part of a program is one that no sentence has: "Button(s)" and "index.html" are programs, too."""
    if node.type in CODE:
        return True
    if node.type in {"member_expression", "subscript_expression", "call_expression"}:
        inner = node.child_by_field_name("function" if node.type == "call_expression" else "object")
        return inner is not None and inner.type == "identifier" and text_of(inner) in GLOBALS
    if node.type == "binary_expression":
        sign = node.child_by_field_name("operator")
        is_compared = sign is not None and sign.type in {"===", "!==", "==", "!=", ">", "<", ">=", "<="}
        sides = (side for side in node.named_children if side.type in COMPARED)
        return is_compared and not all(ENGLISH.fullmatch(text_of(side)) for side in sides)
    return False


def is_of_tools(root: "Node") -> bool:
    """Whether a program calls what only test programs have, and does not declare it itself."""
    if OF_TOOLS.search(IN_QUOTES.sub("''", text_of(root))):
        return True
    names = [node for node in nodes(root) if node.type == "identifier" and text_of(node) in TOOLS]
    declared = {text_of(node) for node in names if is_declared_at(node)}
    return any(text_of(node) not in declared for node in names)


def is_declared_at(node: "Node") -> bool:
    """Whether a name is made at this place: a variable, a function or what a function gets."""
    parent = node.parent
    if parent is None:
        return False
    made = (parent.child_by_field_name(field) for field in ("name", "parameter"))
    return parent.type == "formal_parameters" or any(it is not None and it == node for it in made)


def script_problem(expression: str) -> str:
    """Say why an expression can never be true as it was sent; nothing where that is not certain."""
    if len(expression) > LONGEST_PARSED:
        return ""
    trees = [parsed(text) for text in readings(expression)]
    root = next((tree for tree in trees if not is_wrong(tree)), None)
    if root is None:
        left = PLACEHOLDER.search(IN_QUOTES.sub("''", expression))
        return unfilled(left[0]) if left else f"{HOPELESS}: the JavaScript has a syntax error{place_of(trees[0])}"
    return next(filter(None, (problem_at(node, root) for node in nodes(root))), "")


def readings(expression: str) -> tuple[str, str, str]:
    """Return an expression in the forms in which the browser reads it."""
    return expression, f"({expression.strip().rstrip(';')}\n)", f"async () => {{ {expression}\n }}"


def problem_at(node: "Node", root: "Node") -> str:
    """Say what is wrong with one part of a program that can be read."""
    if node.type == "template_substitution":
        inner = node.named_children
        names = [text_of(it) for it in inner if it.type == "identifier"]
        return unfilled(text_of(node)) if len(inner) == 1 == len(names) and not is_known(names[0], root) else ""
    if node.type == "string":
        left = (IN_SOURCE if reads_source(node) else PLACEHOLDER).search(text_of(node)[1:-1])
        return unfilled(left[0]) if left else problem_of_argument(node)
    if node.type == "string_fragment" and node.parent is not None and node.parent.type == "template_string":
        left = PLACEHOLDER.search(text_of(node))
        return unfilled(left[0]) if left and not reads_source(node.parent) else ""
    if node.type == "object" and node.parent is not None and node.parent.type == "binary_expression":
        inner = node.named_children
        is_name = len(inner) == 1 and inner[0].type == "shorthand_property_identifier"
        return unfilled(text_of(node)) if is_name else ""
    return ""


def problem_of_argument(node: "Node") -> str:
    """Say what is wrong with a string that is looked up as a selector."""
    call = node.parent.parent if node.parent is not None and node.parent.type == "arguments" else None
    called = call.child_by_field_name("function") if call is not None else None
    if called is None or not LOOKS_UP.search(text_of(called)) or "\\" in text_of(node):
        return ""
    return selector_problem(text_of(node)[1:-1])


def reads_source(node: "Node") -> bool:
    """Whether a text is looked for in the source of the page, where a placeholder may be the page's own."""
    call = node.parent.parent if node.parent is not None and node.parent.type == "arguments" else None
    called = call.child_by_field_name("function") if call is not None else None
    if called is None or LOOKS_UP.search(text_of(called)):
        return False
    return bool(SOURCE.search(text_of(called)))


def is_known(name: str, root: "Node") -> bool:
    """Whether a program uses a name anywhere but between the signs of a placeholder."""
    found = (node for node in nodes(root) if node.type in {"identifier", "shorthand_property_identifier_pattern"})
    used = (node for node in found if node.parent is None or node.parent.type != "template_substitution")
    return name in GLOBALS or any(text_of(node) == name for node in used)


def unfilled(placeholder: str) -> str:
    """Say that a placeholder was not filled in."""
    return f"{HOPELESS}: the placeholder {placeholder} was never filled in"


def sentence_problem(sentence: str) -> str:
    """Say which placeholder of a sentence was not filled in."""
    left = PLACEHOLDER.search(sentence)
    return unfilled(left[0]) if left else ""


OUTSIDE = re.compile(r"\"[^\"]*+\"|'[^']*+'|\\.|\[[^\[\]]*+\]")
BRACKETS = re.compile(r"""\[\s*+(?:[\w-]*+\|)?[A-Za-z_][\w-]*+\s*+(?:[*^$|~]?=\s*+(?P<value>[^\]]*+))?\]""")
ATTRIBUTE_VALUE = re.compile(
    r"\s*+(?:\"[^\"]*+\"|'[^']*+'|-?+[A-Za-z_\u0080-\uffff][\w\u0080-\uffff-]*+)\s*+[iIsS]?\s*+"
)
NOT_CSS = re.compile(
    r":(?:contains|has-text|text|text-is|eq|gt|lt|nth|first|last|odd|even|visible|header|parent|selected|button|input"
    r"|checkbox|radio|submit|image|password|reset|file)(?![\w-])"
)
NO_NAME = re.compile(r"[#.](?=\d|[#.:>+~,)\s]|$)")
NO_SIGN = re.compile(r"[{}$@!%&?;/`=<]")
NO_STEP = re.compile(r"^\s*[,>+~]|[,>+~]\s*$|[,>]\s*,|,\s*>")


def selector_problem(selector: str) -> str:
    """Say why no browser takes a selector; nothing where that is not certain."""
    if left := PLACEHOLDER.search(selector):
        return unfilled(left[0])
    attributes = [match[0] for match in OUTSIDE.finditer(brackets_first(selector)) if match[0].startswith("[")]
    bare = OUTSIDE.sub("_", brackets_first(selector))
    has_wrong_attribute = not all(map(is_attribute, attributes))
    if (
        not selector.strip()
        or has_wrong_attribute
        or any(pattern.search(bare) for pattern in (NOT_CSS, NO_NAME, NO_SIGN, NO_STEP))
        or bare.count("(") != bare.count(")")
        or any(sign in bare for sign in "[]\"'")
    ):
        return f"{HOPELESS}: {selector!r} is no selector that a browser takes"
    return ""


def brackets_first(selector: str) -> str:
    """Return a selector whose texts in quotation marks hold no bracket, so that brackets can be counted."""
    return re.sub(r"\"[^\"]*+\"|'[^']*+'", lambda match: f'"{len(match[0])}"', selector)


def is_attribute(part: str) -> bool:
    """Whether a part in brackets is an attribute, with a value that is a name or stands in quotation marks."""
    match = BRACKETS.fullmatch(part)
    return bool(match and (match["value"] is None or ATTRIBUTE_VALUE.fullmatch(match["value"])))


SELECTORS = re.compile(r"(?:querySelector(?:All)?|getElementById)\(\s*[\"'`]([^\"'`]+)")
LONGEST_SHOWN = 500  # characters of what is compared with a number; what is read of the page stands at its end
LONGEST_NUMBER = 40  # bytes, with quotation marks
NAME_OF_SUM = re.compile(r"sum|total|avg|average|mean|count|max|min", re.IGNORECASE)


def wanted_numbers(expression: str) -> list[tuple[str, float]]:
    """Return the numbers that an expression wants, each with the selectors and names that say of what."""
    if len(expression) > LONGEST_PARSED:
        return []
    root = parsed(expression)
    places = " ".join(SELECTORS.findall(expression))
    found = (wanted_number(node) for node in nodes(root) if node.type == "binary_expression")
    return [(f"{places} {words}", number) for words, number in filter(None, found)]


def wanted_number(node: "Node") -> tuple[str, float] | None:
    """Return a number that something shown is compared with: `x === 5`, or `Math.abs(x - 5)` with a tolerance."""
    left, sign, right = (node.child_by_field_name(name) for name in ("left", "operator", "right"))
    if left is None or sign is None or right is None or sign.type not in {"-", "===", "=="}:
        return None
    for shown, value in ((left, right), (right, left)):
        is_short = value.end_byte - value.start_byte <= LONGEST_NUMBER
        number = re.fullmatch(r"[\"'`]?(-?\d+(?:\.\d+)?)[\"'`]?", text_of(value)) if is_short else None
        if number is None or (sign.type == "-" and not is_difference(node)):
            continue
        is_text = re.search(r"(?:textContent|innerText|innerHTML|value)\b", text_of(shown)[-LONGEST_SHOWN:])
        is_sum = shown.type == "identifier" and NAME_OF_SUM.search(text_of(shown))
        if is_text or is_sum:
            return (text_of(shown) if is_sum else ""), float(number[1])
    return None


def is_difference(node: "Node") -> bool:
    """Whether a part of a program is what `Math.abs` gets."""
    call = node.parent.parent if node.parent is not None and node.parent.type == "arguments" else None
    function = call.child_by_field_name("function") if call is not None else None
    return function is not None and text_of(function) == "Math.abs"


def parsed(text: str) -> "Node":
    """Return the tree of a program."""
    return parser().parse(text.encode(errors="replace")).root_node


@cache
def parser() -> "Parser":
    """Return the parser. It is loaded late: what only evaluates a contract does without it."""
    import tree_sitter
    import tree_sitter_javascript

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_javascript.language()))


def is_wrong(root: "Node") -> bool:
    """Whether a tree has errors, or is of JSX, which browsers do not read."""
    return root.has_error or any(node.type.startswith("jsx_") for node in nodes(root))


def nodes(root: "Node") -> Iterator["Node"]:
    """Yield a tree's nodes, outer ones first."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(node.children)


def text_of(node: "Node") -> str:
    """Return the source of a node."""
    return (node.text or b"").decode(errors="replace")


def place_of(root: "Node") -> str:
    """Say near which words a program goes wrong."""
    wrong = next((node for node in nodes(root) if node.is_error or node.is_missing), None)
    words = " ".join(text_of(wrong).split())[-NEAR:] if wrong is not None else ""
    return f" near `{words}`" if words and "`" not in words else ""
