"""A page with behaviour and ten sentences about it: what steps cost is measured on it."""

from action.contract.contract import Contract
from action.contract.rules import Names, read_check
from action.contract.verdict import Candidate

SENTENCES = (
    "Clicking #more shows at least 5 items in #list",
    "Typing 'tea' in #new and pressing Enter in #new adds an item to #list",
    "Submitting the form with an empty #new shows an error in #error",
    "Toggling #dark adds class dark",
    "After clicking #dark and reloading the page, body has class dark",
    "Selecting 'EUR' in #currency changes #price to 9",
    "Clicking #inc three times shows '3' in #count",
    "With the hash #about the page shows 'About us'",
    "Clicking #open shows #panel and hides #intro",
    "After clicking #inc, localStorage contains the key 'count'",
)
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Acting</title>
<link rel="icon" href="data:,"></head><body>
<form id="form"><input id="new" aria-label="new"><button>Add</button><p id="error"></p></form>
<ul id="list"></ul><button id="more">More</button><button id="dark">Dark</button><button id="inc">+1</button>
<p id="count">0</p><select id="currency" aria-label="currency"><option>USD</option><option>EUR</option></select>
<p id="price">10</p><section id="about" hidden>About us</section><p id="intro">Intro</p><button id="open">Open</button>
<div id="panel" hidden>Panel</div><script>
const get = id => document.getElementById(id);
const add = text => get("list").append(Object.assign(document.createElement("li"), {textContent: text}));
get("more").onclick = () => [1, 2, 3, 4, 5].forEach(add);
get("form").onsubmit = event => {
  event.preventDefault();
  get("error").textContent = get("new").value ? "" : "Please write something";
  if (get("new").value) add(get("new").value);
};
document.body.classList.toggle("dark", localStorage.getItem("dark") === "1");
get("dark").onclick = () => localStorage.setItem("dark", document.body.classList.toggle("dark") ? "1" : "0");
get("inc").onclick = () => localStorage.setItem("count", ++get("count").textContent);
get("currency").onchange = () => { get("price").textContent = get("currency").value === "EUR" ? "9" : "10" };
get("open").onclick = () => { get("panel").hidden = false; get("intro").hidden = true };
onhashchange = () => { get("about").hidden = location.hash !== "#about" };
onhashchange();
</script></body></html>"""
INERT = PAGE.partition("<script>")[0]  # looks the same, and does nothing


def acting_contract() -> Contract:
    """Return the ten sentences as assertions."""
    return Contract(assertions=tuple(found for sentence in SENTENCES for found in read_check(sentence, Names())))


def acting_candidates() -> dict[str, Candidate]:
    """Return the page, and the one that does nothing."""
    pages = {"whole": PAGE, "inert": INERT}
    return {name: Candidate({"index.html": page.encode()}, site_path="/acting/") for name, page in pages.items()}
