"""What to look at in the page when an expression is not true: which part of it fails, and what its selectors find."""

import json
import re
from collections.abc import Iterator
from itertools import pairwise

COMPARISON = re.compile(r"^(?P<left>[^=<>!?&|]+)(?:===?|>=?|<=?)(?!=)[^=<>?&|]+$")
SELECTOR = re.compile(r"""querySelector(?:All)?\(\s*(["'`])(?P<selector>(?:\\.|(?!\1)[^\\\n])+)\1\s*\)""")
BY_ID = re.compile(r"""getElementById\(\s*(["'`])(?P<id>(?:\\.|(?!\1)[^\\\n])+)\1\s*\)""")
ACTS = re.compile(
    r"\.(?:click|submit|requestSubmit|dispatchEvent|focus|blur|reset|remove\w*|append\w*|prepend|add|toggle|set\w+|clear"
    r"|insert\w+|replace(?:With|Children|State)|pushState|showModal|show|close|back|go|reload|play|scroll\w*)\s*\("
    r"|\.\w+\s*(?:[-+*/%|&?]{1,2})?=(?![=>])|\+\+|--|\blocation\s*=[^=]"
)
CALLS = re.compile(r"(?<![\w.$])(?!function\b)([a-zA-Z_$][\w$]*)\s*\(")
CONSTRUCTS = "if|for|while|switch|catch|return|typeof|await|async|new|in|of"
PURE = re.compile(
    rf"(?:parseInt|parseFloat|Number|String|Boolean|isNaN|isFinite|Array|Object|RegExp|Date|Set|Map|URL|URLSearchParams"
    rf"|BigInt|Promise|Symbol|getComputedStyle|matchMedia|fetch|(?:en|de)codeURI(?:Component)?|setTimeout|requestAnimationFrame|{CONSTRUCTS})"
)
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
    """Whether an expression may change the page (clicks, types, calls what the page has): it gets one of its own."""
    return bool(ACTS.search(expression)) or not all(map(PURE.fullmatch, CALLS.findall(expression)))


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
    """Return an expression that describes what a selector finds, or as much of its beginning as finds something."""
    text = selector.replace('\\"', '"').replace("\\'", "'")
    return f"""(() => {{
        const plain = element => element.outerHTML.replace(/\\s+/g, " ");
        const html = (all, most, length) =>
            [...all].slice(0, most).map(element => plain(element).slice(0, length)).join(" | ");
        const all = document.querySelectorAll({json.dumps(text)});
        const found = {json.dumps(text)} + " matches " + all.length + " elements";
        if (all.length) return found + ", the first is " + html(all, 1, 240);
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
