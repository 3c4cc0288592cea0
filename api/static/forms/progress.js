// Follows a build: its steps while it runs, then what it published and how the checks did.

import { Problem, ask } from "./api.js";
import { away, el, find } from "./dom.js";
import { busy, show } from "./form.js";

const PAUSE_S = 3, HIDDEN_PAUSE_S = 15, LOOK_AT_JOBS_EVERY = 3; // the jobs of a run cost more calls than its state
const UNLISTED_S = 240; // then something is wrong
const PLAN = ["Write the files", "Publish the page and notify", "Check the live page"]; // names of the jobs

const pause = (seconds) => new Promise((go) => setTimeout(go, seconds * 1000));

/** Show a build until it has ended, or something else takes its place. `before`: a step that comes first. */
export async function follow(buildId, outcome, { title = "GitHub has it", links = [], before = null } = {}) {
  const box = panel(buildId, title, links);
  outcome.replaceChildren(box.whole);
  box.heading.focus();
  try {
    const from = Date.now();
    if (before) await box.wait(before);
    for (let look = 0; box.whole.isConnected; look += 1) {
      const seen = await status(buildId, box);
      if (seen) {
        const jobs = look % LOOK_AT_JOBS_EVERY === 0 || seen.status === "completed" ? await jobsOf(buildId) : null;
        box.show(seen, jobs);
        if (seen.status === "completed") return ended(seen, box, outcome);
      } else if (Date.now() - from > UNLISTED_S * 1000) {
        box.say("GitHub has not started it yet. It may be busy: look at Builds later, or ask the owner.");
        return null;
      }
      await pause(document.hidden ? HIDDEN_PAUSE_S : PAUSE_S);
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    box.say(error.code === "no-right" ? "Your key may start it and not follow it: the result is on the dashboard." : `${error.message} ${error.next ?? ""}`);
  }
  return null;
}

/** Ask how a build is doing; null when that is not known now. Throws Problem when asking again is of no use. */
async function status(buildId, box) {
  try {
    return await ask("GET", `status/${buildId}`);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 404) { box.say("Waiting for GitHub to start it."); return null; }
    if (![0, 429, 500, 502, 503, 504].includes(error.status) || error.code === "no-key") throw error;
    box.say(`${error.message} This page asks again.`);
    await pause(Math.min(error.after ?? 5, 60));
    return null;
  }
}

async function jobsOf(buildId) {
  try {
    return (await ask("GET", `logs?build=${buildId}&lines=1`)).jobs;
  } catch (error) {
    if (error instanceof Problem) return null;
    throw error;
  }
}

function panel(buildId, title, links) {
  const heading = el("h2", { tabindex: "-1" }, title);
  const first = el("li", { "data-state": "done" }, el("span", {}, "Accepted"));
  const rows = new Map(PLAN.map((name) => [name, step(name)]));
  const list = el("ol", { class: "steps", "aria-label": "Steps" }, first, [...rows.values()]);
  const words = el("p", { class: "hint", role: "status" }, "Waiting for GitHub to start it.");
  const facts = el("dl", { class: "facts" }), end = el("div", { class: "end" });
  const about = el("p", { class: "hint" }, "Build ", el("code", {}, buildId), links.filter(Boolean).map((link) => [" · ", link]));
  const whole = el("div", { class: "card progress", "data-build": buildId }, heading, list, words, facts, end, about);
  const set = (row, state) => {
    row.dataset.state = state;
    row.querySelector(".state")?.remove();
    row.firstChild.append(el("span", { class: "state optional" }, { done: " – done", failed: " – failed", now: " …" }[state] ?? ""));
  };
  return {
    whole, heading, facts, end,
    say: (text) => { if (words.textContent !== text) words.textContent = text; },
    settle: (isGood) => {
      for (const row of rows.values()) if (row.dataset.state === "now") set(row, isGood ? "done" : "failed");
    },
    async wait({ name, until }) {
      const row = step(name);
      first.after(row);
      set(row, "now");
      words.textContent = `${name}.`;
      const problem = await until();
      set(row, problem ? "failed" : "done");
      if (problem) throw new Problem(0, { error: "not-made", message: problem });
    },
    show(seen, jobs) {
      for (const job of jobs ?? []) {
        if (!rows.has(job.job)) { rows.set(job.job, step(job.job)); list.append(rows.get(job.job)); }
        set(rows.get(job.job), stateOf(job));
      }
      const running = [...rows.keys()].find((name) => rows.get(name).dataset.state === "now");
      if (seen.status !== "completed") this.say(running ? `${running}.` : seen.status === "in_progress" ? "It runs." : "Waiting for a free machine.");
    },
  };
}

function step(name) {
  return el("li", { "data-state": "next" }, el("span", {}, name));
}

function stateOf(job) {
  if (job.status !== "completed") return job.status === "in_progress" ? "now" : "next";
  return job.conclusion === "success" ? "done" : job.conclusion === "skipped" ? "skipped" : "failed";
}

/** Say how a build ended; return what is known of it. */
function ended(seen, box, outcome) {
  const isGood = seen.conclusion === "success";
  box.heading.textContent = title(seen, isGood);
  box.say(seen.problem || (isGood ? "" : seen.conclusion === "cancelled" ? "It was cancelled." : `The run ended with: ${seen.conclusion}.`));
  const checks = seen.verdict;
  const tone = checks && (checks.failed ? "bad" : checks.undecided ? "warn" : "good");
  const rows = [
    ["Page", seen.page && away(seen.page)],
    ["Repository", seen.repository && away(repositoryUrl(seen), seen.repository)],
    ["Commit", seen.commit && away(seen.commit_url, seen.commit.slice(0, 10))],
    ["Checks", checks && [el("span", { class: "tag", "data-tone": tone }, counts(checks)), " ", checks.headline]],
    ["Trouble", seen.reason],
    ["Run", away(seen.runs[0].run_url, seen.dry_run ? "with the files as the artifact “bundle”" : "on GitHub")],
  ];
  box.facts.replaceChildren(...rows.filter(([, value]) => value).flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
  box.settle(isGood);
  box.end.replaceChildren();
  const project = seen.repository?.split("/")[1];
  if (project) box.end.append(el("button", { type: "button", class: "quiet", click: () => goTo("message", project) }, "Say something about it"));
  if (project) box.end.append(el("button", { type: "button", class: "quiet", click: () => goTo("versions", project) }, "Versions"));
  if (!isGood) box.end.append(againButton(seen.build_id, outcome));
  return seen;
}

function title(seen, isGood) {
  if (seen.dry_run) return isGood ? "The page was tried, and not published" : "The page could not be made";
  if (seen.is_live) return isGood ? "The page is live" : "The page is live, and not all went well";
  return seen.page ? "The page is published, and was not seen live" : isGood ? "It has ended" : "Nothing was published";
}

function counts({ passed, failed, undecided }) {
  return [`${passed} passed`, failed && `${failed} failed`, undecided && `${undecided} undecided`].filter(Boolean).join(", ");
}

function repositoryUrl(seen) {
  return seen.commit_url?.split("/commit/")[0];
}

/** A button that runs a build again, and follows it. */
export function againButton(buildId, outcome) {
  return el("button", { type: "button", class: "quiet", click: ({ target }) => act(target, outcome, async () => {
    const said = await ask("POST", `builds/${buildId}/again`);
    await pause(PAUSE_S); // GitHub's list still has it as it was
    void follow(buildId, outcome, { title: `Attempt ${said.attempt}` });
  }) }, "Run it again");
}

/** A button that cancels a build, and follows it to its end. */
export function cancelButton(buildId, outcome) {
  return el("button", { type: "button", class: "quiet danger", click: ({ target }) => act(target, outcome, async () => {
    await ask("DELETE", `jobs/${buildId}`);
    void follow(buildId, outcome, { title: "GitHub was asked to cancel it" });
  }) }, "Cancel");
}

async function act(button, outcome, work) {
  await busy(button, async () => {
    try { await work(); } catch (error) { show(error, null, outcome); }
  });
}

/** Open another form, about a project. */
function goTo(view, project) {
  for (const id of ["message-about", "versions-project", "upload-project"]) find(id).value = project;
  location.hash = view;
}
