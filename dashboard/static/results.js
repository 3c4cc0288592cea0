// Results that agents sent: a curve and the mean of each number, and all of them in a table.

import { el, fill, table } from "./dom.js";
import { clock, count, short } from "./words.js";

const USUAL = ["accuracy", "loss", "runtime"];
const MOST_CURVES = 6;
const MOST_POINTS = 200;
const [WIDTH, HEIGHT, EDGE] = [320, 90, 8];
const number = (value) => Number(value.toPrecision(4)).toString();

/** An element of a drawing; attributes are numbers and texts of ours. */
function draw(name, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** The names of the numbers, the usual ones first. */
function names(results) {
  const all = new Set(results.flatMap((each) => Object.keys(each.metrics)));
  return [...USUAL.filter((name) => all.has(name)), ...[...all].filter((name) => !USUAL.includes(name)).sort()];
}

function curve(name, all) {
  const points = all.slice(-MOST_POINTS);
  const values = points.map((each) => each.metrics[name]);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (place) => EDGE + (points.length > 1 ? place / (points.length - 1) : 0.5) * (WIDTH - 2 * EDGE);
  const y = (value) => HEIGHT - EDGE - (high > low ? (value - low) / (high - low) : 0.5) * (HEIGHT - 2 * EDGE);
  const at = values.map((value, place) => [x(place).toFixed(1), y(value).toFixed(1)]);
  const label = `${name} over ${points.length} results: first ${number(values[0])}, lowest ${number(low)}, highest ${number(high)}, newest ${number(values.at(-1))}`;
  const dots = at.map(([cx, cy], place) => draw("circle", { class: "dot", cx, cy, r: place === at.length - 1 ? 3 : 1.5 },
    draw("title", {}, `${points[place].at.slice(0, 16).replace("T", " ")}: ${number(values[place])}`)));
  const mean = all.reduce((sum, each) => sum + each.metrics[name], 0) / all.length;
  return el("figure", {},
    el("figcaption", {}, name, " ", el("b", {}, number(values.at(-1))),
      el("span", { class: "muted" }, all.length > 1 ? `mean ${number(mean)}, from ${number(low)} to ${number(high)}` : "one result")),
    draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label },
      ...(at.length > 1 ? [draw("path", { class: "curve", d: `M${at.map((each) => each.join(" ")).join("L")}` })] : []), ...dots));
}

/** Show the results. */
export function showResults(parent, task) {
  const results = task.results;
  if (!results.length) return fill(parent, el("p", { class: "empty" }, "Nobody sent a result. It is a message of kind result, with numbers or a log."));
  const shown = names(results).slice(0, MOST_CURVES);
  const rows = results.toReversed().map((each) => [clock(each.at), each.role, each.sha ? el("code", {}, short(each.sha)) : "–", ...shown.map((name) => (Object.hasOwn(each.metrics, name) ? number(each.metrics[name]) : "–"))]);
  return fill(parent,
    el("div", { class: "trends" }, shown.map((name) => curve(name, results.filter((each) => Object.hasOwn(each.metrics, name))))),
    el("details", { "data-keep": "results" }, el("summary", {}, `${count(results.length)} results as a table`),
      table("Results", ["Sent", "From", "Version", ...shown.map((name) => [name, "number"])], rows)));
}
showResults.reads = (task) => task.results;
