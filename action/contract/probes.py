"""What to look at in the page when an expression is not true: which part of it fails, and what its selectors find."""

import json
import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from itertools import pairwise
from typing import TYPE_CHECKING

from action.contract.scripts import LONGEST_PARSED, is_wrong, nodes, parsed, readings, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

COMPARISON = re.compile(r"^(?P<left>[^=<>!?&|]+)(?:===?|>=?|<=?)(?!=)[^=<>?&|]+$")
SELECTOR = re.compile(r"""querySelector(?:All)?\(\s*(["'`])(?P<selector>(?:\\.|(?!\1)[^\\\n])+)\1\s*\)""")
BY_ID = re.compile(r"""getElementById\(\s*(["'`])(?P<id>(?:\\.|(?!\1)[^\\\n])+)\1\s*\)""")
# Calls that change nothing: functions, methods, and those that call what they are given.
READS = frozenset(
    re.findall(
        r"\w+",
        "parseInt parseFloat Number String Boolean isNaN isFinite Array Object RegExp Date Set Map URL "
        "URLSearchParams BigInt Symbol getComputedStyle matchMedia fetch encodeURI encodeURIComponent decodeURI "
        "decodeURIComponent querySelector querySelectorAll getElementById getElementsByTagName getElementsByClassName "
        "getElementsByName closest matches contains getAttribute hasAttribute getAttributeNames hasAttributes "
        "getBoundingClientRect getClientRects getPropertyValue checkVisibility checkValidity compareDocumentPosition "
        "hasChildNodes item namedItem getItem key get getAll has keys values entries toString toFixed toISOString "
        "toLocaleString toLocaleDateString toLocaleTimeString toLowerCase toUpperCase toJSON valueOf trim trimStart "
        "trimEnd split join slice substring substr charAt charCodeAt codePointAt at concat includes indexOf "
        "lastIndexOf startsWith endsWith match matchAll test exec search padStart padEnd repeat normalize "
        "localeCompare flat isArray isInteger of fromEntries hasOwn hasOwnProperty parse stringify abs round floor "
        "ceil trunc max min sqrt pow hypot sign log10 now getTime getDate getDay getMonth getFullYear getHours "
        "getMinutes getSeconds json text blob arrayBuffer await DOMParser "
        "parseFromString getContext toDataURL getImageData elementFromPoint "
        "getEntriesByType getEntriesByName resolve all allSettled",
    )
)
CALLS_BACK = frozenset(
    re.findall(
        r"\w+",
        "forEach map filter some every find findIndex findLast reduce flatMap replace replaceAll then catch finally "
        "from toSorted setTimeout requestAnimationFrame Promise",
    )
)
FUNCTIONS = {"arrow_function", "function_expression", "function_declaration"}
LAST_ID = re.compile(r"(?:^|[\s>+~])(?P<tag>[a-z][a-z0-9]*)?#(?P<id>[A-Za-z][\w-]*)$", re.IGNORECASE)
COMBINATOR = re.compile(r"(?<![\s>+~])[\s>+~]+")
OPENING, CLOSING, QUOTES = "([{", ")]}", "\"'`"
MOST_LOOKS = 4
LONGEST_SELECTOR = 300  # characters; of a longer one no beginnings are tried
SHOWN = "const shown = value => typeof value === 'string' ? JSON.stringify(value) : String(value);"


# Compiled and never run, in the ways in which the browser reads an expression.
IS_PROGRAM = """(() => {
  const AsyncFunction = (async () => {}).constructor;
  let problem;
  for (const source of %s) {
    try { AsyncFunction(source); return true } catch (error) { problem = error }
  }
  return String(problem);
})()"""
IS_SELECTOR = """(() => {
  try { document.createDocumentFragment().querySelector(%s); return true } catch (error) { return String(error) }
})()"""


def is_program(expression: str) -> str:
    """Return an expression that is true when the browser can read another one, and says what is wrong otherwise."""
    bare = expression.strip().rstrip(";")
    return IS_PROGRAM % json.dumps([f"return ({bare}\n)", expression])


def is_selector(selector: str) -> str:
    """Return an expression that is true when the browser takes a selector, and says what is wrong otherwise."""
    return IS_SELECTOR % json.dumps(selector)


def acts(expression: str) -> bool:
    """Whether an expression may change the page: unless it provably only reads, it gets a page of its own."""
    if len(expression) > LONGEST_PARSED:
        return True
    root = next((tree for text in readings(expression) if not is_wrong(tree := parsed(text))), None)
    if root is None:
        return True
    own = {name for node in nodes(root) if node.type == "variable_declarator" for name in names_in(node, "name")}
    called = {name for node in nodes(root) if node.type in FUNCTIONS for name in names_in(node, "name")}
    called |= {
        name
        for node in nodes(root)
        if (value := node.child_by_field_name("value")) and node.type == "variable_declarator"
        if value.type in FUNCTIONS
        for name in names_in(node, "name")
    }
    return not all(only_reads(node, own, called | READS) for node in nodes(root))


def only_reads(node: "Node", own: set[str], pure: AbstractSet[str]) -> bool:
    """Whether one part of a program changes nothing but its own variables, as far as that can be seen."""
    if node.type in {"assignment_expression", "augmented_assignment_expression", "update_expression"}:
        changed = node.child_by_field_name("left") or node.child_by_field_name("argument")
        return changed is not None and changed.type == "identifier" and text_of(changed) in own
    if node.type in {"call_expression", "new_expression"}:
        return is_pure_call(node, pure)
    return not (node.type == "unary_expression" and text_of(node).startswith("delete"))


def is_pure_call(node: "Node", pure: AbstractSet[str]) -> bool:
    """Whether a call is of a function that changes nothing, and so is each function that it is given."""
    function = node.child_by_field_name("function") or node.child_by_field_name("constructor")
    while function is not None and function.type == "parenthesized_expression":
        function = function.named_children[0]
    if function is None or function.type in FUNCTIONS:
        return function is not None
    if function.type == "member_expression":
        function = function.child_by_field_name("property")
    name = text_of(function) if function is not None and function.type in {"identifier", "property_identifier"} else ""
    if name in pure:
        return True
    given = node.child_by_field_name("arguments")
    passed = given.named_children[name == "from" :] if given is not None else []
    is_known = (one.type not in {"identifier", "member_expression"} or text_of(one) in pure for one in passed)
    return name in CALLS_BACK and all(is_known)


def names_in(node: "Node", field: str) -> list[str]:
    """Return the names that a declaration gives."""
    inner = node.child_by_field_name(field)
    kinds = {"identifier", "shorthand_property_identifier_pattern"}
    return [text_of(part) for part in nodes(inner) if part.type in kinds] if inner is not None else []


def looks(expression: str) -> tuple[str, ...]:
    """Return expressions that show why `expression` is not true: its part that fails, and what its selectors find."""
    selectors = [match["selector"] for match in SELECTOR.finditer(expression)]
    selectors += [f"#{match['id']}" for match in BY_ID.finditer(expression)]
    found = [look_at(selector) for selector in dict.fromkeys(selectors) if "${" not in selector]
    parts = () if acts(expression) else parts_of(expression.strip().rstrip(";"), "&&")
    if len(parts) > 1 or (parts and left_of(parts[0])):
        found.insert(0, look_at_parts(parts))
    return tuple(found[:MOST_LOOKS])


def look_at_parts(parts: tuple[str, ...]) -> str:
    """Return an expression that names the first part that is not true, and the value of its left side."""
    tests = "\n".join(f"if (!({part})) return {value_of(left_of(part) or part)};" for part in parts)
    return f"(() => {{ {SHOWN}\n{tests}\nthrow 'all are true' }})()"


def value_of(expression: str) -> str:
    """Return a JavaScript expression that says what another one is."""
    return f"{json.dumps(f'{expression} is ')} + shown({expression})"


def left_of(part: str) -> str:
    """Return the left side of a comparison, or nothing."""
    sides = parts_of(part, "===") or ()
    if len(sides) == 2:
        return sides[0]
    match = COMPARISON.match(part)
    return match["left"].strip() if match else ""


def parts_of(expression: str, operator: str) -> tuple[str, ...]:
    """Split at an operator outside of quotes and brackets; nothing when those do not add up."""
    cuts = list(places_of(expression, operator))
    if None in cuts:
        return ()
    edges = [-len(operator), *(cut for cut in cuts if cut is not None), len(expression)]
    parts = [expression[start + len(operator) : end].strip() for start, end in pairwise(edges)]
    return tuple(parts) if all(parts) else ()


def places_of(expression: str, operator: str) -> Iterator[int | None]:
    """Yield where an operator stands by itself, then None when quotes or brackets are still open at the end."""
    depth, quote, place = 0, "", 0
    while place < len(expression):
        sign = expression[place]
        if quote:
            place += sign == "\\"
            quote = "" if sign == quote else quote
        elif sign in QUOTES:
            quote = sign
        elif sign in OPENING:
            depth += 1
        elif sign in CLOSING:
            depth -= 1
        elif depth == 0 and expression.startswith(operator, place):
            yield place
            place += len(operator) - 1
        place += 1
    if quote or depth:
        yield None


def look_at(selector: str) -> str:
    """Return an expression that describes what a selector finds, or as much of its beginning as finds something.

    An id that is on another kind of element, or elsewhere, is said first: small models see it in no other way.
    """
    text = selector.replace('\\"', '"').replace("\\'", "'")
    last = LAST_ID.search(text)
    tag, id = (last["tag"] or "", last["id"]) if last else ("", "")
    return f"""(() => {{
        const plain = element => element.outerHTML.replace(/\\s+/g, " ");
        const html = (all, most, length) =>
            [...all].slice(0, most).map(element => plain(element).slice(0, length)).join(" | ");
        const all = document.querySelectorAll({json.dumps(text)});
        const found = {json.dumps(text)} + " matches " + all.length + " elements";
        if (all.length) return found + ", the first is " + html(all, 1, 240);
        const tag = {json.dumps(tag.lower())}, named = document.getElementById({json.dumps(id)});
        const is = named ? named.tagName.toLowerCase() : "";
        if (named && tag && is !== tag)
            return `${{found}}; the id is on a <${{is}}> and has to be on a <${{tag}}>: ` + html([named], 1, 160);
        if (named) return found + "; the id is there, but not where the selector says: " + html([named], 1, 160);
        for (const part of {json.dumps(beginnings(text))}) {{
            const some = document.querySelectorAll(part);
            if (some.length) return found + "; " + part + " matches " + some.length + ": " + html(some, 3, 120);
        }}
        return found;
    }})()"""


def beginnings(selector: str) -> list[str]:
    """Return the beginnings of a selector with fewer and fewer steps: `#a > b i` gives `#a > b`, then `#a`."""
    if len(selector) > LONGEST_SELECTOR or any(sign in selector for sign in "[(,\"'"):
        return []
    ends = [match.start() for match in COMBINATOR.finditer(selector.strip())]
    return [selector.strip()[:end] for end in reversed(ends)]
