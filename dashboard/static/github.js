// Asks GitHub's public API, without signing in, which runs of the runner repository are under way.

import { repeat } from "./load.js";

const KINDS = ["build", "execute", "feedback", "task", "evaluate", "reconcile"];
const BUILD = /^build ([0-9a-f]{20})(?: · (?:task ([0-9a-f]{20}))?.*)?$/; // as in receiver/task/run_title.py
const ENDED_S = 900; // a build that ended longer ago and left no record leaves none any more
const SHOWN_WITH_JOBS = 3;
const RESERVE = 10; // requests that are left for the rest of the hour
const SLOW_S = 60;

/** What GitHub lets this address still ask, and until when. */
function budgetOf(headers, now = Date.now()) {
  const [remaining, reset] = ["x-ratelimit-remaining", "x-ratelimit-reset"].map((name) => headers.get(name));
  if (remaining === null || reset === null) return null;
  return { remaining: Number(remaining), left: Math.max(1, Number(reset) - now / 1000) };
}

/** Seconds until the next look: often while something runs, else so that the requests last until more are allowed. */
export function pause(budget, calls, isBusy, seconds) {
  if (!budget || (isBusy && budget.remaining > RESERVE + calls)) return seconds;
  return Math.max(seconds, (budget.left * calls) / Math.max(1, budget.remaining));
}

/** When GitHub wants to be asked again after a refusal, in seconds from now. */
export function waitAfterRefusal(headers, now = Date.now()) {
  const after = Number(headers.get("retry-after"));
  if (after) return after;
  const reset = Number(headers.get("x-ratelimit-reset"));
  return reset && headers.get("x-ratelimit-remaining") === "0" ? Math.max(1, Math.ceil(reset - now / 1000)) : SLOW_S;
}

/** Keep only what the page shows of a run. */
function runOf(run) {
  const kind = run.path?.split("/").pop().replace(/\.ya?ml.*$/, "") ?? "";
  const build = BUILD.exec(run.display_title ?? "");
  return {
    id: run.id, kind: build ? "build" : kind, build: build?.[1] ?? "", task: build?.[2] ?? "", title: run.display_title ?? run.name,
    status: run.status, url: run.html_url, started: run.run_started_at ?? run.created_at, ended: run.updated_at, jobs: [],
  };
}

async function ask(path) {
  const { api, runner } = document.body.dataset;
  return fetch(`${api}/repos/${runner}/actions/${path}`, { headers: { Accept: "application/vnd.github+json" }, cache: "no-cache" });
}

async function addJobs(run) {
  const answer = await ask(`runs/${run.id}/jobs?per_page=50`);
  if (answer.ok) run.jobs = (await answer.json()).jobs;
  return answer;
}

/** Look once. Returns what to show and the seconds until the next look; null when there is no point in another one. */
async function look(seconds) {
  const answer = await ask("runs?per_page=50");
  if (answer.status === 403 || answer.status === 429) {
    const wait = waitAfterRefusal(answer.headers);
    return [{ runs: [], ended: [], limitedUntil: new Date(Date.now() + wait * 1000) }, wait];
  }
  if (answer.status === 404 || answer.status === 401) return [{ runs: [], ended: [], isPrivate: true }, null];
  if (!answer.ok) return [{ runs: [], ended: [], isAway: true }, Math.max(seconds, SLOW_S)];
  const all = (await answer.json()).workflow_runs.map(runOf).filter((run) => KINDS.includes(run.kind));
  const runs = all.filter((run) => run.status !== "completed");
  const ended = all.filter((run) => run.status === "completed" && run.build && Date.now() - new Date(run.ended) < ENDED_S * 1000);
  const answers = await Promise.all(runs.filter((run) => run.status === "in_progress").slice(0, SHOWN_WITH_JOBS).map(addJobs));
  const budget = budgetOf((answers.at(-1) ?? answer).headers);
  return [{ runs, ended }, pause(budget, 1 + answers.length, runs.length > 0, seconds)];
}

/** Call `tell` after each look with `{runs, ended}`, and with what is in the way, if something is. */
export function watchRuns(tell) {
  const { runner, refresh } = document.body.dataset;
  if (!runner) return;
  const seconds = Number(refresh);
  repeat(async () => {
    const [news, wait] = await look(seconds).catch(() => [{ runs: [], ended: [], isAway: true }, Math.max(seconds, SLOW_S)]);
    tell(news);
    return wait;
  });
}
