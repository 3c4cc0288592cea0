// The panel with the runs that are under way: their jobs and steps, and a link to each.

import { announce, away, el, fill } from "./dom.js";
import { watchRuns } from "./github.js";
import { ago } from "./words.js";

const NAMES = { build: "Build", execute: "Command", feedback: "Feedback", task: "Generator", evaluate: "Evaluator", reconcile: "Reconciling" };
const STATES = { success: "done", failure: "failed", in_progress: "under way", skipped: "skipped", cancelled: "cancelled" };

function step(each) {
  const state = each.conclusion ?? each.status;
  return el("li", { class: `step ${state}` }, each.name, el("span", { class: "hidden" }, `: ${STATES[state] ?? "waiting"}`));
}

/** A job: all its steps while it runs, else itself as one line. */
function job(each) {
  const state = each.conclusion ?? each.status;
  const steps = each.status === "in_progress" ? each.steps.filter((one) => one.conclusion !== "skipped") : [];
  return el("li", {}, el("div", { class: `step ${state}` }, away(each.html_url, each.name), el("span", { class: "hidden" }, `: ${STATES[state] ?? "waiting"}`)),
    steps.length ? el("ol", {}, steps.map(step)) : null);
}

function entry(run) {
  const [tone, word] = run.status === "completed" ? ["busy", "Collecting results…"] : run.status === "in_progress" ? ["busy", "Running"] : ["idle", "Waiting"];
  const head = el("div", { class: "run-head" },
    el("span", { class: `pill ${tone}` }, word),
    el("strong", {}, NAMES[run.kind]), away(run.url, el("code", {}, run.build || run.title)),
    el("span", { class: "muted" }, `began ${ago(run.started)}`));
  return el("li", { "data-run": run.id, "data-build": run.build }, head, run.jobs.length ? el("ul", { class: "jobs" }, run.jobs.map(job)) : null);
}

/** What is in the way of watching, in words. */
function obstacle(news) {
  if (news.limitedUntil) {
    return `GitHub answers only so many requests an hour from one address, and these are used up. Watching goes on at ${news.limitedUntil.toLocaleTimeString("en-GB")}.`;
  }
  if (news.isPrivate) return "Runs cannot be watched here: the runner repository is private, or its name has changed. They are in its Actions tab.";
  return news.isAway ? "GitHub does not answer. It is asked again in a minute." : "";
}

/**
 * Show the runs that `isWanted` lets through, and keep them up to date. `tell` gets all runs after each look. A build that
 * ended is shown until `isCollected` says that its record is here. Returns a function that shows the last news again.
 */
export function showRunning(section, { isWanted = () => true, isCollected = () => true, tell = () => {} } = {}) {
  const [state, list] = [section.querySelector("[role=status]"), section.querySelector("ul")];
  let before = new Map();
  let last = { runs: [], ended: [] };
  const show = (text = obstacle(last)) => {
    const waiting = last.ended.filter((run) => isWanted(run) && !isCollected(run));
    const shown = [...last.runs.filter(isWanted), ...waiting];
    section.hidden = !shown.length && !text;
    if (state.textContent !== text) state.textContent = text;
    fill(list, shown.map(entry));
  };
  watchRuns((news) => {
    last = news;
    const runs = news.runs.filter(isWanted);
    const text = obstacle(news);
    show(text);
    const now = new Map(runs.map((run) => [run.id, run]));
    const begun = runs.filter((run) => !before.has(run.id));
    const over = text ? [] : [...before.values()].filter((run) => !now.has(run.id));
    if (begun.length) announce(`Began: ${begun.map((run) => run.title).join(", ")}`);
    if (over.length) announce(`Over: ${over.map((run) => run.title).join(", ")}. Its record appears here when it was collected.`);
    if (!text) before = now;
    tell(news);
  });
  return () => show();
}
