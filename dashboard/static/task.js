// A task's page: fetches its JSON, and lets each part show its share.

import { showBuilds } from "./builds.js";
import { showCode } from "./code.js";
import { showComparison } from "./compare.js";
import { showContract, showScreenshots } from "./contract.js";
import { announce, away, el, fill, panel } from "./dom.js";
import { follow, loadText } from "./load.js";
import { showRunning } from "./running.js";
import { showTimeline } from "./timeline.js";
import { count, duration, money, percent, pill, score, short, time } from "./words.js";

const KEY = /^[0-9a-f]{20}$/;
const root = document.getElementById("task");
const PARTS = [
  ["timeline", "Timeline", showTimeline],
  ["checks", "Checks", showContract],
  ["screenshots", "Screenshots", showScreenshots],
  ["code", "Code", showCode],
  ["compare", "Compare", showComparison],
  ["builds", "Builds and logs", showBuilds],
];
const sources = new Map(); // what each part was last made from: an unchanged part keeps its state

function card(name, value, note) {
  return el("div", { class: "card" }, el("dt", {}, name), el("dd", {}, el("b", {}, value), el("span", { class: "muted" }, note)));
}

function sums(task) {
  const told = task.builds.findLast((build) => build.is_delivered);
  const costs = task.builds.map((build) => build.cost);
  const cost = costs.length && !costs.includes(null) ? costs.reduce((sum, each) => sum + each, 0) : null;
  const tokens = task.builds.reduce((sum, build) => sum + build.input_tokens + build.output_tokens, 0);
  return el("dl", { class: "cards" },
    card("Given checks", score(task), task.given ? `${percent(task.pass_rate)} hold` : "none were given"),
    card("Round", String(task.rounds), `${count(task.build_count)} ${task.build_count === 1 ? "build" : "builds"}`),
    card("Versions", count(task.version_count), "commits"),
    card("Time to callback", duration(told?.seconds_to_callback), told ? `round ${told.round}` : "none was accepted yet"),
    card("Cost", money(cost), `${count(tokens)} tokens`));
}

function head(task) {
  const facts = [
    ["Recipient", el("code", {}, task.recipient || "–")],
    ["Repository", away(task.repo_url, task.project || "–")],
    ["Began", time(task.created_at)],
    ["Last change", time(task.updated_at)],
  ];
  return [
    el("p", { class: "crumbs" }, el("a", { href: "tasks.html" }, "Tasks"), " / ", el("code", {}, task.key)),
    el("div", { class: "title" }, el("h1", {}, task.task), pill(task.status)),
    el("p", { class: "lead" }, task.title),
    el("dl", { class: "facts" }, facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))),
    el("p", { class: "actions" },
      task.pages_url ? el("a", { class: "button primary", href: task.pages_url, rel: "noreferrer" }, "Open the page") : null,
      task.repo_url ? el("a", { class: "button", href: task.repo_url, rel: "noreferrer" }, "Repository") : null,
      el("a", { class: "button", href: `api/tasks/${task.key}.json` }, "JSON")),
    sums(task),
  ];
}

function frame() {
  fill(root,
    el("div", { id: "head" }),
    el("section", { class: "panel", id: "running", "aria-labelledby": "running-title", hidden: true },
      el("h2", { id: "running-title" }, "Running now"), el("p", { class: "muted", role: "status" }), el("ul", { class: "runs" })),
    el("nav", { class: "parts", "aria-label": "Parts of this page" }, PARTS.map(([id, title]) => el("a", { href: `#${id}` }, title))),
    PARTS.map(([id, title]) => panel(id, title, null, el("div", { id: `${id}-content` }))));
}

/** Show the task. A part whose data did not change is left alone, so that nobody loses the place where they read. */
function show(task) {
  document.title = `${task.task} · Pagewright`;
  fill(document.getElementById("head"), head(task));
  for (const [id, , showPart] of PARTS) {
    const source = JSON.stringify(showPart.reads(task));
    if (sources.get(id) === source) continue;
    sources.set(id, source);
    showPart(document.getElementById(`${id}-content`), task);
  }
}

function refuse(title, text) {
  fill(root, el("section", { class: "panel problem", role: "alert" }, el("h1", {}, title), el("p", {}, text), el("p", {}, el("a", { href: "tasks.html" }, "All tasks"))));
}

async function start() {
  const key = new URLSearchParams(location.search).get("key") ?? "";
  if (!KEY.test(key)) return refuse("No task is named", "The address of a task's page ends with ?key= and the task's key. Choose one from the list.");
  const path = `api/tasks/${key}.json`;
  const text = await loadText(path).catch((problem) => problem);
  if (text instanceof Error) {
    const isMissing = text.status === 404;
    return refuse(isMissing ? "There is no such task" : "The task cannot be loaded", isMissing ? `The ledger has no task ${key}. A new task appears when its first build is over and was collected.` : text.message);
  }
  let task = JSON.parse(text);
  frame();
  show(task);
  scrollTo({ top: location.hash ? document.querySelector(`[id="${CSS.escape(location.hash.slice(1))}"]`)?.offsetTop ?? 0 : 0 });
  const isMine = (run) => run.build && [...task.builds, ...task.messages].some((each) => each.build_id === run.build);
  showRunning(document.getElementById("running"), { isWanted: isMine });
  return follow(path, text, (next) => {
    const [builds, messages] = [next.builds.length - task.builds.length, next.messages.length - task.messages.length];
    task = next;
    show(task);
    announce(`Updated: ${count(builds)} new builds, ${count(messages)} new messages. The newest commit is ${short(task.latest?.commit_sha || "none yet")}.`);
  });
}

await start();
root.removeAttribute("aria-busy");
