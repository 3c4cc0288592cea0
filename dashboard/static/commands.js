// Commands that somebody ran in the project, what they wrote, and all logs as a list to download.

import { away, el, fill, table } from "./dom.js";
import { bytes, clock, count, duration, short } from "./words.js";

const MOST_OPEN = 20;

/** A link to a text that can be downloaded; only its size when the ledger does not have it. */
function download(task, text, name) {
  if (!task.logs.some((each) => each.sha256 === text.sha256)) return el("span", {}, `${name}, ${bytes(text.size)}`);
  return el("a", { href: `api/files/${task.key}/${text.sha256}`, download: name }, `${name}, ${bytes(text.size)}`);
}

function stream(task, name, text) {
  if (!text) return null;
  return el("div", { class: "part" }, el("h3", {}, name, " ", download(task, text, `${name}.txt`)),
    el("pre", { class: "snippet", tabindex: "0", role: "region", "aria-label": `End of ${name}` }, text.preview));
}

function outcome(run) {
  if (run.timed_out) return el("span", { class: "pill bad" }, "time was over");
  if (run.return_code === null) return el("span", { class: "pill bad" }, "was not run");
  return el("span", { class: `pill ${run.return_code ? "bad" : "good"}` }, `code ${run.return_code}`);
}

function entry(task, run) {
  return el("details", { class: "build", "data-keep": `run-${run.job_id}` },
    el("summary", {}, el("code", {}, run.command.split("\n")[0].slice(0, 120) || "a command"), " ", outcome(run), " ",
      el("span", { class: "muted" }, clock(run.at), ` · ${duration(run.seconds)}${run.commit ? ` · on ${short(run.commit)}` : ""}`)),
    el("p", { class: "muted" }, "Command ", el("code", {}, run.job_id), " · ", away(run.run_url, "run")),
    run.command.includes("\n") || run.command.length > 120 ? el("pre", { class: "snippet", tabindex: "0", role: "region", "aria-label": "The command" }, run.command) : null,
    run.error ? el("p", { class: "notice" }, run.error) : null,
    stream(task, "stdout", run.stdout), stream(task, "stderr", run.stderr));
}

function logs(task) {
  const rows = task.logs.toReversed().map((each) => [download(task, each, each.name), clock(each.at), bytes(each.size), el("span", { class: "about" }, each.preview.trim().split("\n").at(-1))]);
  return el("details", { class: "build", "data-keep": "logs" }, el("summary", {}, `${count(rows.length)} logs to download`),
    table("Logs", ["Log", "When", ["Size", "number"], ["Last line", "wide"]], rows));
}

/** Show the commands, newest first. */
export function showCommands(parent, task) {
  if (!task.runs.length && !task.logs.length) return fill(parent, el("p", { class: "empty" }, "No command ran here, and no log was sent."));
  const runs = task.runs.toReversed().map((run) => entry(task, run));
  const older = runs.splice(MOST_OPEN);
  return fill(parent, runs,
    older.length ? el("details", { class: "build", "data-keep": "older-runs" }, el("summary", {}, `${count(older.length)} earlier commands`), older) : null,
    task.logs.length ? logs(task) : null);
}
showCommands.reads = (task) => [task.runs, task.logs];
