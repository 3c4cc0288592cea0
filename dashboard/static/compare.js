// Two versions side by side: which files differ, and in which lines.

import { versionChoice } from "./code.js";
import { el, fill } from "./dom.js";
import { compareLines, excerpt } from "./diff.js";
import { inOrder, textOf } from "./files.js";
import { bytes, count } from "./words.js";

const OPEN = 10; // changed files that are shown at once; the others wait for a click
const WORDS = { "+": "added", "-": "removed", " ": "unchanged" };

/** All files of two versions, with what happened to each. */
function comparedFiles(before, after) {
  const [left, right] = [before, after].map((version) => new Map(version.files.map((file) => [file.path, file])));
  const paths = [...new Set([...left.keys(), ...right.keys()])];
  const kindOf = (old, now) => (!old ? "added" : !now ? "removed" : old.sha256 === now.sha256 ? "unchanged" : "changed");
  return inOrder(paths.map((path) => ({ path, left: left.get(path), right: right.get(path), kind: kindOf(left.get(path), right.get(path)) })));
}

function lineRow({ sign, text, left, right }) {
  return el("tr", { class: { "+": "added", "-": "removed", " ": null }[sign] },
    el("td", { class: "line-number" }, left ?? ""), el("td", { class: "line-number" }, right ?? ""),
    el("td", { class: "sign" }, el("span", { "aria-hidden": "true" }, sign), el("span", { class: "hidden" }, WORDS[sign])), el("td", { class: "line-text" }, text));
}

function lines(path, changes) {
  const rows = excerpt(changes).map((part) => (Array.isArray(part) ? part.map(lineRow)
    : el("tr", { class: "gap" }, el("td", { colspan: 4 }, part === 1 ? "1 unchanged line" : `${count(part)} unchanged lines`))));
  const head = ["Line before", "Line after", "Change", "Text"].map((name) => el("th", { scope: "col" }, name));
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `Changes in ${path}` },
    el("table", { class: "diff" }, el("thead", { class: "hidden" }, el("tr", {}, head)), el("tbody", {}, rows)));
}

async function changesIn(task, { path, left, right }) {
  const present = [left, right].filter(Boolean);
  if (present.some((file) => !file.is_text)) return el("p", { class: "empty" }, "This file is not text: its bytes differ.");
  if (present.some((file) => !file.is_kept)) return el("p", { class: "empty" }, "This file is not kept here, so its lines cannot be compared. The repository has it.");
  const [before, after] = await Promise.all([left, right].map((file) => (file ? textOf(task, file) : "")));
  const changes = compareLines(before, after);
  return changes.some(({ sign }) => sign !== " ") ? lines(path, changes) : el("p", { class: "empty" }, "Only the end of the last line differs.");
}

function sizes({ left, right }) {
  return [left, right].map((file) => (file ? bytes(file.size) : "nothing")).join(" → ");
}

function entry(task, change, isOpen) {
  const body = el("div", { class: "changes" });
  let isFilled = false;
  const open = async () => {
    if (isFilled) return;
    isFilled = true;
    fill(body, await changesIn(task, change).catch((problem) => el("p", { class: "notice", role: "alert" }, problem.message)));
  };
  const shown = el("details", { open: isOpen, toggle: () => shown.open && open() },
    el("summary", {}, el("span", { class: "path" }, change.path), " ", el("span", { class: `pill ${{ added: "good", removed: "bad", changed: "idle" }[change.kind]}` }, change.kind),
      " ", el("span", { class: "muted" }, sizes(change))), body);
  if (isOpen) open();
  return shown;
}

/** The files that are the same, folded: they are listed, and there is nothing to open. */
function same(files) {
  if (!files.length) return null;
  return el("details", { class: "same" }, el("summary", {}, files.length === 1 ? "1 unchanged file" : `${count(files.length)} unchanged files`),
    el("ul", {}, files.map(({ path, right }) => el("li", {}, el("span", { class: "path" }, path), " ", el("span", { class: "muted" }, bytes(right.size))))));
}

/** Show what differs between two versions; at first the newest one and the one before it. */
export function showComparison(parent, task) {
  if (task.versions.length < 2) return fill(parent, el("p", { class: "empty" }, "There is nothing to compare yet: the first change makes a second version."));
  let [before, after] = task.versions.slice(-2);
  const result = el("div", { class: "comparison" });
  const summary = el("p", { class: "muted", role: "status" });
  const show = () => {
    const files = comparedFiles(before, after);
    const changes = files.filter(({ kind }) => kind !== "unchanged");
    const isOpen = ({ path }, place) => place < OPEN && !path.startsWith("."); // what Pagewright keeps beside a page is listed
    summary.textContent = changes.length ? `${count(changes.length)} ${changes.length === 1 ? "file differs" : "files differ"}.` : "No file differs.";
    fill(result, changes.map((change, place) => entry(task, change, isOpen(change, place))), same(files.filter(({ kind }) => kind === "unchanged")));
  };
  const find = (sha) => task.versions.find((each) => each.sha === sha);
  fill(parent, el("div", { class: "choice two" },
    el("label", { for: "compare-before" }, "From"), versionChoice(task, "compare-before", before.sha, (sha) => { before = find(sha); show(); }),
    el("label", { for: "compare-after" }, "to"), versionChoice(task, "compare-after", after.sha, (sha) => { after = find(sha); show(); })), summary, result);
  return show();
}
showComparison.reads = (task) => task.versions;
