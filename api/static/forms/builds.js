// The newest builds, one build by its id, and the Evaluator.

import { ask } from "./api.js";
import { away, el, find } from "./dom.js";
import { done, handle, values } from "./form.js";
import { againButton, cancelButton, follow } from "./progress.js";

export function start() {
  handle("builds-form", "builds-outcome", async (form) => {
    const outcome = find("builds-outcome"), { build_id: id } = values(form);
    if (id) { void follow(id, outcome, { title: "This build" }); return; }
    const { running, recent } = await ask("GET", "status");
    const heading = el("h2", { tabindex: "-1" }, running.length || recent.length ? "The newest builds" : "There are no builds yet");
    outcome.replaceChildren(el("div", { class: "card" }, heading, el("ol", { class: "rows" }, [...running, ...recent].map((build) => row(build, outcome)))));
    heading.focus();
  });
  handle("evaluate-form", "evaluate-outcome", async (form) => {
    const said = await ask("POST", "evaluate", { json: values(form) });
    const box = done(find("evaluate-outcome"), "The Evaluator is on its way", said.message);
    void watch(said.start_id, box);
  });
}

function row(build, outcome) {
  const isRunning = build.status !== "completed";
  const tone = isRunning ? null : build.conclusion === "success" ? "good" : build.conclusion === "cancelled" ? "warn" : "bad";
  const when = new Date(build.created_at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  return el("li", {},
    el("div", { class: "head" }, el("code", {}, build.build_id), el("span", { class: "tag", "data-tone": tone }, isRunning ? build.status.replace("_", " ") : build.conclusion), el("span", { class: "hint" }, when, " · ", away(build.run_url, "run"))),
    el("div", { class: "end" },
      el("button", { type: "button", class: "quiet", "aria-label": `Follow ${build.build_id}`, click: () => { void follow(build.build_id, outcome, { title: "This build" }); } }, isRunning ? "Follow" : "Show"),
      isRunning ? cancelButton(build.build_id, outcome) : againButton(build.build_id, outcome)));
}

async function watch(startId, box) {
  const words = el("p", {}, "Waiting for GitHub to start it.");
  box.append(words);
  while (box.isConnected) {
    const run = await ask("GET", `started/${startId}`).catch((error) => ({ state: "completed", conclusion: error.message }));
    words.replaceChildren({ queued: "Waiting for GitHub to start it.", in_progress: "It looks at the pages." }[run.state] ?? `It has ended: ${run.conclusion}. `, run.run_url ? away(run.run_url, "its run") : "");
    if (run.state === "completed") return;
    await new Promise((go) => setTimeout(go, 3000));
  }
}
