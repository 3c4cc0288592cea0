// The builds: each with its runs, phases, questions to the model, failures and callbacks.

import { away, el, fill, table } from "./dom.js";
import { bytes, clock, count, duration, money, outcome, pill, short, since } from "./words.js";

function part(title, ...children) {
  const shown = children.flat().filter(Boolean);
  return shown.length ? el("div", { class: "part" }, el("h3", {}, title), shown) : null;
}

const after = (record, moment) => since((new Date(moment) - new Date(record.received_at)) / 1000);

function phases(record) {
  if (!record.phases.length) return null;
  const rows = record.phases.map((each) => [each.name, outcome(each.outcome), after(record, each.started_at), duration(each.seconds), each.verdict]);
  return part("Phases", table("Phases", ["Phase", "Outcome", ["Began", "number"], ["Took", "number"], "Verdict"], rows));
}

function log(record) {
  const lines = record.phases.flatMap((each) => (each.log.length ? [`=== ${each.name}`, ...each.log] : []));
  return lines.length ? part("Log", el("pre", { class: "snippet log", tabindex: "0", role: "region", "aria-label": "What the program said" }, lines.join("\n"))) : null;
}

function calls(record) {
  const found = record.generation?.calls ?? [];
  const rows = found.map((each) => [each.model, each.purpose, each.outcome, duration(each.seconds), count(each.input_tokens), count(each.output_tokens)]);
  return rows.length ? part("Questions to the model", table("Questions to the model", ["Model", "Purpose", "Outcome", ["Took", "number"], ["Tokens in", "number"], ["Tokens out", "number"]], rows)) : null;
}

function callbacks(record) {
  const rows = record.callbacks.map((each) => [[clock(each.at), " ", after(record, each.at)], each.delivered ? el("span", { class: "pill good" }, "accepted") : outcome("failed"), each.status ? String(each.status) : "–",
    [each.detail, each.said ? el("q", { class: "said" }, each.said) : null]]);
  return rows.length ? part("Callback attempts", table("Callback attempts", ["Sent", "Result", ["Status", "number"], "Answer"], rows)) : null;
}

function failures(record) {
  return part("Failures", record.failures.map((each) => el("div", { class: "notice" },
    el("p", {}, el("code", {}, each.code), " in ", each.phase, ": ", el("strong", {}, each.what)),
    el("p", {}, `Likely cause: ${each.cause}`), el("p", {}, `Next step: ${each.next_step}`))));
}

function notes(record) {
  const found = [...(record.generation?.notes ?? []), ...(record.publication?.notes ?? [])];
  if (record.generation?.fallback) found.unshift(record.generation.fallback);
  return found.length ? part("Notes", el("ul", {}, found.map((each) => el("li", {}, each)))) : null;
}

function published(record) {
  const { publication, deployment, parity, live } = record;
  const lines = [
    publication && [`${publication.is_fallback ? "The plain page" : `${publication.files} files, ${bytes(publication.bytes)}`}, commit `, away(publication.repo_url && `${publication.repo_url}/commit/${publication.commit_sha}`, el("code", {}, short(publication.commit_sha)))],
    deployment && [`${deployment.is_live ? "The page is live" : "The page is not live"}: ${deployment.detail || "no details"}. `, deployment.run_url ? away(deployment.run_url, "Run of the deployment") : ""],
    parity && `${parity.identical} of ${parity.compared} files are served as committed.`,
    live && `On the live page: ${live.headline}`,
  ].filter(Boolean);
  const different = Object.entries(parity?.different ?? {}).map(([path, why]) => el("li", {}, el("code", {}, path), `: ${why}`));
  return lines.length ? part("Publication", el("ul", {}, lines.map((line) => el("li", {}, line)), different)) : null;
}

function workflows(record) {
  return part("Workflows of the site", record.runs.map((each) => el("div", {},
    el("p", {}, el("code", {}, each.workflow), " ", outcome(each.conclusion), " ", each.url ? away(each.url, "Log") : ""),
    each.log_end ? el("pre", { class: "snippet", tabindex: "0", role: "region", "aria-label": `End of the log of ${each.workflow}` }, each.log_end) : null)));
}

function attempt(record, place, all) {
  const run = record.run;
  const name = all.length > 1 ? `Attempt ${place + 1} of ${all.length}` : "Run";
  return el("div", { class: "attempt" },
    el("p", {}, el("strong", {}, name), " ", run?.url ? away(run.url, `Whole log of run ${run.run_id}${run.attempt > 1 ? `, attempt ${run.attempt}` : ""}`) : el("span", { class: "muted" }, "the run is not known")),
    failures(record), phases(record), callbacks(record), published(record), calls(record), workflows(record), notes(record), log(record));
}

/** Whether the evaluation server was told, in words. */
export function told(build) {
  if (build.is_delivered) return `callback accepted after ${duration(build.seconds_to_callback)}`;
  const last = build.records.flatMap((record) => record.callbacks).at(-1);
  if (last) return last.status ? `callback refused with ${last.status}` : "callback not delivered";
  return build.records.at(-1).wants_callback ? "no callback sent" : "nobody waits for a callback";
}

function about(build) {
  const cost = build.cost === null ? "" : ` · ${money(build.cost)}`;
  return `${told(build)} · ${count(build.input_tokens + build.output_tokens)} tokens${cost}`;
}

function sentBy(build) {
  const key = build.records.at(-1).sent_by;
  return key ? [", sent with the key ", el("code", {}, key)] : [];
}

function entry(build, place, all) {
  const what = build.restored ? `Round ${build.round}, restoring ${short(build.restored)}` : build.brought ? `Round ${build.round}, files brought by ${build.brought}` : build.revision ? `Round ${build.round}, revision` : `Round ${build.round}`;
  return el("details", { class: "build", "data-build": build.build_id, "data-keep": build.build_id, open: place === all.length - 1 },
    el("summary", {}, el("span", { class: "build-title" }, what), " ", pill(build), " ", el("span", { class: "muted" }, clock(build.received_at), ` · ${about(build)}`)),
    el("p", { class: "muted" }, "Build ", el("code", {}, build.build_id), sentBy(build)), build.records.map(attempt));
}

/** Show the builds, newest first; the newest is open. */
export function showBuilds(parent, task) {
  if (!task.builds.length) return fill(parent, el("p", { class: "empty" }, "No build is recorded yet."));
  return fill(parent, task.builds.map(entry).toReversed());
}
showBuilds.reads = (task) => task.builds;
