// The contract as a matrix: one row for each assertion, one column for each attempt of each build; and the pictures.

import { el, fill } from "./dom.js";
import { MARKS } from "./words.js";

const ORIGINS = [["given", "Given by the sender"], ["base", "True of every page"], ["inferred", "Read from the brief"]];

/** The builds whose contract ran, each with the newest record that has one. */
function tried(task) {
  return task.builds.map((build) => ({ build, record: build.records.findLast((record) => record.contract?.assertions.length) }))
    .filter(({ record }) => record);
}

function nameOf(build) {
  if (build.restored) return `Round ${build.round}, restored`;
  if (build.brought) return `Round ${build.round}, brought`;
  return build.revision ? `Round ${build.round}, revised` : `Round ${build.round}`;
}

/** The columns of one build: its attempts, and the live page when it differs. */
function columnsOf({ build, record }) {
  const { contract, live } = record;
  const states = new Map(contract.assertions.map((each) => [each.id, each]));
  const columns = contract.attempts.map((attempt, place) => ({
    title: String(attempt.number), kept: attempt.is_kept, about: attempt.headline, state: (id) => states.get(id)?.states[place],
  }));
  if (!columns.length) columns.push({ title: "result", kept: true, about: "", state: (id) => states.get(id)?.state });
  if (live?.differences.length) {
    const differences = new Map(live.differences.map((each) => [each.id, each.live]));
    columns.push({ title: "live", kept: false, about: live.headline, state: (id) => differences.get(id) ?? states.get(id)?.state });
  }
  return { name: nameOf(build), columns };
}

function mark(state, isKept) {
  const [sign, word] = MARKS[state] ?? ["·", "not tried"];
  return el("td", { class: `mark ${MARKS[state] ? state : "none"}${isKept ? " kept" : ""}` }, el("span", { "aria-hidden": "true" }, sign), el("span", { class: "hidden" }, word));
}

function assertionRow(assertion, groups) {
  const what = assertion.objection ? `Does not count, because ${assertion.objection}` : assertion.found && `Found: ${assertion.found}`;
  const found = assertion.state !== "pass" && what ? el("span", { class: "about" }, what) : null;
  return el("tr", {}, el("th", { scope: "row" }, assertion.sentence || assertion.id, found),
    groups.flatMap(({ columns }) => columns.map((column) => mark(column.state(assertion.id), column.kept))));
}

function rows(found, groups) {
  const width = 1 + groups.reduce((sum, { columns }) => sum + columns.length, 0);
  const assertions = new Map(found.flatMap(({ record }) => record.contract.assertions).map((each) => [each.id, each])); // the newest words win
  const known = new Set(ORIGINS.map(([origin]) => origin));
  return [...ORIGINS, [null, "Others"]].flatMap(([origin, title]) => {
    const mine = [...assertions.values()].filter((each) => (origin ? each.origin === origin : !known.has(each.origin)));
    if (!mine.length) return [];
    return el("tbody", {}, el("tr", { class: "origin" }, el("th", { scope: "rowgroup", colspan: width }, `${title} (${mine.length})`)), mine.map((each) => assertionRow(each, groups)));
  });
}

/** Show the matrix. */
export function showContract(parent, task) {
  const found = tried(task);
  if (!found.length) return fill(parent, el("p", { class: "empty" }, "No contract ran yet: it runs when a model wrote files and a browser is there."));
  const groups = found.map(columnsOf);
  const heads = groups.map(({ name, columns }) => el("th", { scope: "colgroup", colspan: columns.length, class: "group" }, name));
  const numbers = groups.flatMap(({ columns }) => columns.map((each) => el("th", { scope: "col", class: `mark${each.kept ? " kept" : ""}`, title: each.about }, each.title, each.kept ? el("span", { class: "hidden" }, ", kept") : null)));
  const held = found.at(-1).record.contract.is_held_back
    ? el("p", { class: "notice" }, "The newest build was held back: every candidate broke what worked before, so the page stays as it was.") : null;
  return fill(parent, held,
    el("p", { class: "muted" }, "Each column is an attempt; the one that was kept is framed."),
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Contract by attempt and round" },
      el("table", { class: "matrix" },
        el("thead", {}, el("tr", {}, el("th", { scope: "col", rowspan: 2 }, "Assertion"), heads), el("tr", {}, numbers)), rows(found, groups))));
}
showContract.reads = (task) => tried(task).map(({ build, record }) => [build.build_id, build.revision, build.restored, build.brought, record.contract, record.live]);

/** Show the newest pictures of the live page. */
export function showScreenshots(parent, task) {
  const build = task.builds.findLast((each) => each.screenshots.desktop || each.screenshots.mobile);
  if (!build) return fill(parent, el("p", { class: "empty" }, "There is no picture yet. One is taken when the live page is checked after a build."));
  const pictures = [["desktop", "On a desktop"], ["mobile", "On a phone"]].filter(([name]) => build.screenshots[name]);
  return fill(parent, el("div", { class: "pictures" }, pictures.map(([name, title]) => el("figure", { class: name },
    el("a", { href: build.screenshots[name] }, el("img", { src: build.screenshots[name], alt: `${title}: the live page of ${task.task} after round ${build.round}`, loading: "lazy" })),
    el("figcaption", { class: "muted" }, `${title}, round ${build.round}`)))));
}
showScreenshots.reads = (task) => task.builds.map((build) => build.screenshots);
