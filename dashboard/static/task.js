// A task's page: fetches its JSON, and lets each part show its share.

import { showBuilds, told } from "./builds.js";
import { showCode } from "./code.js";
import { showCommands } from "./commands.js";
import { showComparison } from "./compare.js";
import { showContract, showScreenshots } from "./contract.js";
import { announce, away, el, fill, panel } from "./dom.js";
import { follow, loadText, repeat } from "./load.js";
import { formAddress } from "./restore.js";
import { showResults } from "./results.js";
import { showRunning } from "./running.js";
import { showTimeline } from "./timeline.js";
import { count, duration, lifecycle, money, percent, pill, recipient, score, short, time } from "./words.js";

const KEY = /^[0-9a-f]{20}$/;
const root = document.getElementById("task");
const PARTS = [
  ["timeline", "Rounds", showTimeline],
  ["checks", "Contract", showContract],
  ["screenshots", "Screenshots", showScreenshots],
  ["code", "Code", showCode],
  ["compare", "Compare", showComparison],
  ["results", "Results", showResults],
  ["commands", "Commands and logs", showCommands],
  ["builds", "Builds and logs", showBuilds],
];
const sources = new Map(); // what each part was last made from: an unchanged part keeps its state

function card(name, value, note) {
  return el("div", { class: "card" }, el("dt", {}, name), el("dd", {}, el("b", {}, value), el("span", { class: "muted" }, note)));
}

function sums(task) {
  const accepted = task.builds.findLast((build) => build.is_delivered);
  const costs = task.builds.map((build) => build.cost);
  const cost = costs.length && !costs.includes(null) ? costs.reduce((sum, each) => sum + each, 0) : null;
  const tokens = task.builds.reduce((sum, build) => sum + build.input_tokens + build.output_tokens, 0);
  return el("dl", { class: "cards" },
    card("Given checks", score(task), task.given ? `${percent(task.pass_rate)} hold${task.undecided ? `, ${task.undecided} undecided` : ""}` : "none were given"),
    card("Round", String(task.rounds), `${count(task.build_count)} ${task.build_count === 1 ? "build" : "builds"}`),
    card("Versions", count(task.version_count), "commits"),
    card("Time to callback", duration(accepted?.seconds_to_callback), accepted ? `round ${accepted.round}` : task.is_awaited ? "none was accepted yet" : "nobody waits"),
    card("Cost", money(cost), `${count(tokens)} tokens`));
}

/** What the evaluation server said when it refused the callback, where that is how it ended. */
function refusal(build) {
  const said = build && !build.is_delivered && build.records.flatMap((record) => record.callbacks).findLast((each) => each.said)?.said;
  return said ? el("p", { class: "notice" }, "The evaluation server refused the callback. It said: ", el("q", { class: "said" }, said)) : null;
}

function head(task) {
  const asked = task.builds.findLast((build) => !build.revision && !build.brought) ?? task.builds.at(-1);
  const facts = [
    ["Recipient", recipient(task)],
    ["Callback", asked ? told(asked).replace(/^callback /, "") : "–"],
    ["Repository", away(task.repo_url, task.project || "–")],
    ["Began", time(task.created_at)],
    ["Last change", time(task.updated_at)],
  ];
  const talk = formAddress("message", task.project ? { project: task.project } : { task_key: task.key });
  return [
    el("p", { class: "crumbs" }, el("a", { href: "tasks.html" }, "Tasks"), " / ", el("code", {}, task.key)),
    el("div", { class: "title" }, el("h1", {}, task.task), pill(task), lifecycle(task)),
    el("p", { class: "lead" }, task.title),
    refusal(asked),
    el("dl", { class: "facts" }, facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))),
    el("p", { class: "actions" },
      task.pages_url ? el("a", { class: "button primary", href: task.pages_url, rel: "noreferrer" }, "Open the page") : null,
      task.repo_url ? el("a", { class: "button", href: task.repo_url, rel: "noreferrer" }, "Repository") : null,
      talk ? el("a", { class: "button", href: talk }, "Say something") : null,
      el("a", { class: "button", href: `api/tasks/${task.key}.json` }, "JSON")),
    sums(task),
  ];
}

function runningPanel() {
  return el("section", { class: "panel", id: "running", "aria-labelledby": "running-title", hidden: true },
    el("h2", { id: "running-title" }, "Running now"), el("p", { class: "muted", role: "status" }), el("ul", { class: "runs" }));
}

function frame() {
  fill(root,
    el("div", { id: "head" }),
    runningPanel(),
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
    showInPlace(document.getElementById(`${id}-content`), showPart, task);
  }
}

/** Show a part again with what the reader had opened or closed as it was. */
function showInPlace(parent, showPart, task) {
  const known = new Map([...parent.querySelectorAll("details[data-keep]")].map((each) => [each.dataset.keep, each.open]));
  showPart(parent, task);
  for (const each of parent.querySelectorAll("details[data-keep]")) {
    if (known.has(each.dataset.keep)) each.open = known.get(each.dataset.keep);
  }
}

function refuse(title, text, ...more) {
  fill(root, el("section", { class: "panel problem", role: "alert" }, el("h1", {}, title), el("p", {}, text), el("p", {}, el("a", { href: "tasks.html" }, "All tasks"))), ...more);
}

/** A task that the ledger does not have yet: show its first build, and the task as soon as it is there. */
function waitFor(key, path) {
  refuse("There is no such task", `The ledger has no task ${key}. A new task appears here when its first build is over and was collected.`, runningPanel());
  showRunning(document.getElementById("running"), { isWanted: (run) => run.task === key, isCollected: () => false });
  repeat(async () => {
    if (await loadText(path).catch(() => null)) location.reload();
    return Number(document.body.dataset.refresh);
  });
}

async function start() {
  const key = new URLSearchParams(location.search).get("key") ?? "";
  if (!KEY.test(key)) return refuse("No task is named", "The address of a task's page ends with ?key= and the task's key. Choose one from the list.");
  const path = `api/tasks/${key}.json`;
  const text = await loadText(path).catch((problem) => problem);
  if (text instanceof Error) {
    return text.status === 404 ? waitFor(key, path) : refuse("The task cannot be loaded", text.message);
  }
  let task = JSON.parse(text);
  frame();
  show(task);
  scrollTo({ top: 0 });
  document.getElementById(location.hash.slice(1))?.scrollIntoView(); // below the menu, which stays
  const isCollected = (run) => task.builds.some((build) => build.build_id === run.build);
  const isMine = (run) => run.task === key || isCollected(run) || (run.build && task.messages.some((each) => each.build_id === run.build));
  const showRunsAgain = showRunning(document.getElementById("running"), { isWanted: isMine, isCollected });
  return follow(path, text, (next) => {
    const [builds, messages] = [next.builds.length - task.builds.length, next.messages.length - task.messages.length];
    task = next;
    show(task);
    showRunsAgain();
    announce(`Updated: ${count(builds)} new builds, ${count(messages)} new messages. The newest commit is ${short(task.latest?.commit_sha || "none yet")}.`);
  });
}

await start();
root.removeAttribute("aria-busy");
