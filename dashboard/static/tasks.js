// The list of tasks: fetched in pieces, newest first; searched, filtered and paged here.

import { el, fill } from "./dom.js";
import { follow, loadJson, loadText } from "./load.js";
import { count, lifecycle, pill, recipient, score, time } from "./words.js";

const ON_A_PAGE = 50;
const AT_ONCE = 4; // pieces that are fetched at the same time
const [search, status, round] = ["search", "status", "round"].map((id) => document.getElementById(id));
const [list, pager, counter, filters] = ["list", "pager", "count", "filters"].map((id) => document.getElementById(id));
let tasks = [];
let isComplete = false;
let page = 1;

/** A row of the index as an object, with the words that are searched. */
function taskOf(columns, row) {
  const task = Object.fromEntries(columns.map((name, place) => [name, row[place]]));
  task.words = [task.task, task.title, task.recipient, task.project, task.key].join("\n").toLowerCase();
  return task;
}

function found() {
  const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  return tasks.filter((task) => (!status.value || task.state === status.value || task.lifecycle === status.value)
    && (!round.value || task.rounds === Number(round.value)) && wanted.every((word) => task.words.includes(word)));
}

function row(task) {
  return el("tr", {},
    el("th", { scope: "row" }, el("a", { href: `task.html?key=${task.key}` }, task.task), el("span", { class: "about" }, task.title)),
    el("td", {}, pill(task), " ", lifecycle(task)), el("td", { class: "number wide" }, score(task)), el("td", { class: "number wide" }, String(task.rounds)),
    el("td", { class: "wide" }, recipient(task)), el("td", {}, time(task.updated_at)));
}

function table(shown) {
  const columns = [["Task"], ["Status"], ["Checks", "number wide"], ["Round", "number wide"], ["Recipient", "wide"], ["Last change"]];
  return el("div", { class: "panel" }, el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Tasks" },
    el("table", { class: "tasks" },
      el("thead", {}, el("tr", {}, columns.map(([name, kind]) => el("th", { scope: "col", class: kind }, name)))),
      el("tbody", {}, shown.map(row)))));
}

function nothing() {
  const isFiltered = search.value || status.value || round.value;
  const again = el("button", { type: "button", click: () => { for (const each of [search, status, round]) each.value = ""; change(); search.focus(); } }, "Show all tasks");
  return el("div", { class: "panel empty" }, el("p", {}, el("strong", {}, isFiltered ? "No task fits." : "No task has arrived yet.")),
    isFiltered ? el("p", {}, "Use fewer words, or another status or round.") : el("p", {}, "Send one to the receiver; it appears here when its build is over."),
    isFiltered ? again : null);
}

function turn(label, to, isPossible) {
  return el("button", { type: "button", disabled: !isPossible, click: () => { page = to; show(); keep(); document.getElementById("main").focus(); scrollTo(0, 0); } }, label);
}

/** Show the page of the list that is chosen. */
function show() {
  const all = found();
  const pages = Math.max(1, Math.ceil(all.length / ON_A_PAGE));
  if (isComplete) page = Math.min(page, pages);
  const shown = all.slice((page - 1) * ON_A_PAGE, page * ON_A_PAGE);
  counter.textContent = isComplete ? `${count(all.length)} of ${count(tasks.length)}` : `${count(all.length)} so far; loading the rest …`;
  fill(list, shown.length ? table(shown) : isComplete ? nothing() : null);
  pager.hidden = pages === 1;
  fill(pager, turn("Newer", page - 1, page > 1), el("span", {}, `Page ${page} of ${count(pages)}`), turn("Older", page + 1, page < pages));
}

/** Keep what is chosen in the address, so that it can be shared and the way back works. */
function keep() {
  const chosen = new URLSearchParams();
  for (const [name, value] of [["q", search.value], ["status", status.value], ["round", round.value], ["page", page > 1 ? page : ""]]) {
    if (value) chosen.set(name, value);
  }
  history.replaceState(null, "", chosen.size ? `?${chosen}` : location.pathname);
}

function change() {
  page = 1;
  show();
  keep();
}

function offerRounds() {
  const known = new Set([...round.options].map((option) => option.value));
  const rounds = [...new Set(tasks.map((task) => task.rounds))].filter((each) => each && !known.has(String(each))).sort((a, b) => a - b);
  round.append(...rounds.map((each) => el("option", { value: each }, String(each))));
}

/** Fetch all pieces, a few at a time, and show what is there already. */
async function load() {
  const first = await loadJson("api/index/1.json");
  let next = first.rows.map((each) => taskOf(first.columns, each));
  const put = (isLast) => { if (isLast || !isComplete) { tasks = next; isComplete = isLast; offerRounds(); show(); } };
  put(first.pieces === 1);
  for (let start = 2; start <= first.pieces; start += AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, first.pieces - start + 1) }, (_, place) => start + place);
    const pieces = await Promise.all(numbers.map((number) => loadJson(`api/index/${number}.json`)));
    next = next.concat(pieces.flatMap((piece) => piece.rows.map((each) => taskOf(piece.columns, each))));
    put(start + AT_ONCE > first.pieces);
  }
}

/** Take up what the address says. */
function restore() {
  const chosen = new URLSearchParams(location.search);
  search.value = chosen.get("q") ?? "";
  status.value = chosen.get("status") ?? "";
  if (status.selectedIndex < 0) status.value = ""; // no state has that name
  const wanted = Number(chosen.get("round"));
  if (Number.isInteger(wanted) && wanted > 0) round.append(el("option", { value: wanted, selected: true }, String(wanted)));
  page = Math.max(1, Number.parseInt(chosen.get("page") ?? "1", 10) || 1);
}

restore();
filters.hidden = false;
filters.addEventListener("submit", (event) => event.preventDefault());
for (const each of [search, status, round]) each.addEventListener("input", change);
const known = await loadText("api/stats.json").catch(() => null);
await load().catch((problem) => fill(list, el("p", { class: "panel problem", role: "alert" }, problem.message)));
list.removeAttribute("aria-busy");
follow("api/stats.json", known, () => load().catch(() => {})); // what is shown stays until it can be fetched again
