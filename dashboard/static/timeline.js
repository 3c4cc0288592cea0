// The rounds: brief and checks of each in full, and its timeline: who said or did what, when.

import { away, el, fill } from "./dom.js";
import { MARKS, bytes, clock, pill, short, since } from "./words.js";

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

function log(found) {
  if (!found) return null;
  return el("details", {}, el("summary", {}, `${found.name}, ${bytes(found.size)}`), el("p", { class: "muted" }, "Its end; the whole log is under ", el("a", { href: "#commands" }, "Commands and logs"), "."),
    el("pre", { class: "snippet", tabindex: "0", role: "region", "aria-label": `End of ${found.name}` }, found.preview));
}

function entry(message) {
  const known = Object.hasOwn(ROLES, message.role);
  const wants = [message.kind === "result" ? "result" : "", message.state ? `task is ${message.state}` : "", message.revise ? "asks for a revision" : "", message.restore ? `asks to restore ${short(message.sha)}` : "", message.hides ? `hides ${short(message.sha)}` : "", message.title ? `calls the task “${message.title}”` : ""].filter(Boolean);
  return el("li", { class: `message ${known ? message.role : "other"} ${message.outcome}` },
    el("div", { class: "message-head" },
      el("strong", {}, ROLES[message.role] ?? message.role),
      wants.map((want) => el("span", { class: "pill idle" }, want)),
      message.outcome === "failed" || message.outcome === "degraded" ? el("span", { class: `pill ${message.outcome === "failed" ? "bad" : "warn"}` }, message.outcome) : null,
      el("span", { class: "when" }, message.url ? [away(message.url, message.kind === "pushed" ? "commit" : "run"), " · "] : null,
        message.seconds === null ? null : [since(message.seconds), " · "], clock(message.at))),
    words(message.text), numbers(message.metrics), log(message.log));
}

/** The builds of a round: the newest one that the sender asked for, and the newest of all. */
function buildsOf(task, round) {
  const mine = task.builds.filter((build) => build.round === round);
  return { asked: mine.findLast((build) => !build.revision && !build.brought), newest: mine.at(-1), count: mine.length };
}

function brief({ asked }) {
  if (!asked) return null;
  const text = asked.records.findLast((record) => record.brief)?.brief;
  const title = asked.records.findLast((record) => record.subject)?.subject.title;
  return el("div", { class: "part" }, el("h3", {}, "Brief"), text
    ? el("div", { class: "words brief", tabindex: "0", role: "region", "aria-label": `Brief of round ${asked.round}` }, text)
    : el("p", { class: "words" }, title || "–", el("span", { class: "muted" }, " (its beginning: this record is of an earlier version)")));
}

function check({ text, state, found }) {
  const [sign, word] = MARKS[state];
  return el("li", { class: `check ${state}` }, el("span", { class: "sign", "aria-hidden": "true" }, sign), el("div", {},
    el("span", { class: "hidden" }, `${word}: `), el("span", { class: "words" }, text || "an empty check"), found ? el("div", { class: "muted found" }, found) : null));
}

function checks({ newest }) {
  if (!newest) return null;
  const title = el("h3", {}, "Checks ", newest.given ? el("span", { class: "muted" }, `${newest.passed} of ${newest.given} hold`) : null);
  if (newest.checks.length) return el("div", { class: "part" }, title, el("ol", { class: "checks" }, newest.checks.map(check)));
  return el("div", { class: "part" }, title, el("p", { class: "muted" }, newest.given
    ? "This record is of an earlier version and does not hold the checks as they were sent; what they became is in the contract." : "None were given."));
}

function part(task, round, isOpen) {
  const messages = task.messages.filter((each) => each.round === round);
  const builds = buildsOf(task, round);
  const [early, late] = [messages.slice(0, -MOST_OPEN), messages.slice(-MOST_OPEN)];
  return el("details", { class: "round", "data-keep": `round-${round}`, "data-round": round, open: isOpen },
    el("summary", {}, el("span", { class: "build-title" }, round ? `Round ${round}` : "Before the first round"), " ", builds.newest ? pill(builds.newest) : null, " ",
      el("span", { class: "muted" }, builds.newest ? `${builds.count} ${builds.count === 1 ? "build" : "builds"} · ` : null, `${messages.length} messages`)),
    brief(builds), checks(builds), messages.length ? el("h3", {}, "Timeline") : null,
    early.length ? el("details", {}, el("summary", {}, `${early.length} earlier messages`), el("ol", { class: "timeline" }, early.map(entry))) : null,
    el("ol", { class: "timeline" }, late.map(entry)));
}

/** Show the rounds, newest first; the newest is open: what was asked for, how it did, and who said or did what. */
export function showTimeline(parent, task) {
  const rounds = [...new Set([...task.builds, ...task.messages].map((each) => each.round))].sort((a, b) => b - a);
  if (!rounds.length) return fill(parent, el("p", { class: "empty" }, "Nothing was said yet."));
  return fill(parent, rounds.map((round, place) => part(task, round, place === 0)));
}
showTimeline.reads = (task) => [task.messages, task.builds.map(({ round, headline, checks, revision, records }) => [round, headline, checks, revision, records.at(-1).brief])];
