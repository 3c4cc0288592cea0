// The timeline: who said or did what, when.

import { away, el, fill } from "./dom.js";
import { clock, short } from "./words.js";

const LONG = 600;
const MOST_OPEN = 40;
const ROLES = { generator: "Generator", coder: "Coder", evaluator: "Evaluator", visitor: "Pushed from outside" };

function words(text) {
  if (text.length <= LONG) return el("p", { class: "words" }, text);
  return el("details", { class: "words" }, el("summary", {}, `${text.slice(0, LONG).trimEnd()} …`), el("p", {}, text));
}

function numbers(metrics) {
  const pairs = Object.entries(metrics);
  return pairs.length ? el("dl", { class: "metrics" }, pairs.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, String(value))))) : null;
}

function entry(message) {
  const known = Object.hasOwn(ROLES, message.role);
  const wants = [message.revise ? "asks for a revision" : "", message.restore ? `asks to restore ${short(message.sha)}` : ""].filter(Boolean);
  return el("li", { class: `message ${known ? message.role : "other"} ${message.outcome}` },
    el("div", { class: "message-head" },
      el("strong", {}, ROLES[message.role] ?? message.role),
      message.round ? el("span", { class: "muted" }, `round ${message.round}`) : null,
      wants.map((want) => el("span", { class: "pill idle" }, want)),
      message.outcome === "failed" || message.outcome === "degraded" ? el("span", { class: `pill ${message.outcome === "failed" ? "bad" : "warn"}` }, message.outcome) : null,
      el("span", { class: "when" }, message.url ? [away(message.url, message.kind === "pushed" ? "commit" : "run"), " · "] : null, clock(message.at))),
    words(message.text), numbers(message.metrics));
}

/** Show all messages; when there are very many, the old ones are folded. */
export function showTimeline(parent, task) {
  const [early, late] = [task.messages.slice(0, -MOST_OPEN), task.messages.slice(-MOST_OPEN)];
  if (!task.messages.length) return fill(parent, el("p", { class: "empty" }, "Nothing was said yet."));
  return fill(parent,
    early.length ? el("details", {}, el("summary", {}, `${early.length} earlier messages`), el("ol", { class: "timeline" }, early.map(entry))) : null,
    el("ol", { class: "timeline" }, late.map(entry)));
}
showTimeline.reads = (task) => task.messages;
