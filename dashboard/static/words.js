// How times and numbers are written, as for the overview (words.py). What a build is called comes with the JSON.

import { el } from "./dom.js";

export const NOTHING = "–";
export const MARKS = { pass: ["✓", "holds"], fail: ["✗", "fails"], unclear: ["?", "undecided"] };
const MINUTE = 60;
const UNITS = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", MINUTE]];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const exact = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

/** What a task or a build is called, as a small label. */
export const pill = ({ headline, tone }) => el("span", { class: `pill ${tone}` }, headline);

/** That a task is closed or archived, as a small label; nothing for one that is open. */
export const lifecycle = (task) => (task.lifecycle === "open" ? null : el("span", { class: "pill" }, task.lifecycle));

/** Who waits to be told: a stand-in for the address, or nobody. */
export function recipient(task) {
  if (task.recipient) return el("code", {}, task.recipient);
  return task.is_awaited ? NOTHING : "nobody waits";
}

/** The outcome of a phase as a small label. */
export function outcome(name) {
  const tone = { done: "good", success: "good", degraded: "warn", failed: "bad", failure: "bad" }[name] ?? "idle";
  return el("span", { class: `pill ${tone}` }, name || NOTHING);
}

/** Seconds for people. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return NOTHING;
  const whole = Math.round(seconds);
  if (whole < MINUTE) return `${seconds < 10 && seconds % 1 ? seconds.toFixed(1) : whole} s`;
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / MINUTE)];
  return hours ? `${hours} h ${minutes} min` : `${minutes} min ${whole % MINUTE} s`;
}

/** Seconds since something began. */
export const since = (seconds) => el("span", { class: "since" }, `${seconds < 0 ? "−" : "+"}${duration(Math.abs(seconds))}`);

/** A share from 0 to 1. */
export const percent = (share) => (share === null ? NOTHING : `${(share * 100).toFixed(1).replace(/\.0$/, "")}%`);

/** A count with its thousands apart. */
export const count = (number) => (number === null || number === undefined ? NOTHING : number.toLocaleString("en"));

/** US dollars. */
export const money = (dollars) => (dollars === null ? NOTHING : `$${dollars >= 1 || dollars === 0 ? dollars.toFixed(2) : dollars.toFixed(4)}`);

/** Bytes for people. */
export function bytes(size) {
  return size < 1000 ? `${size} B` : size < 1e6 ? `${(size / 1000).toFixed(1)} kB` : `${(size / 1e6).toFixed(1)} MB`;
}

/** How long ago something was. */
export function ago(moment, now = Date.now()) {
  const seconds = (new Date(moment).getTime() - now) / 1000;
  const [unit, length] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return unit === "second" || (seconds > 0 && seconds < 5 * MINUTE) ? "just now" : relative.format(Math.round(seconds / length), unit);
}

/** A time that reads as how long ago, with the exact time for whoever asks. */
export function time(moment) {
  return el("time", { datetime: moment, title: exact.format(new Date(moment)) }, ago(moment));
}

/** A time of day. */
export const clock = (moment) => el("time", { datetime: moment, title: moment }, exact.format(new Date(moment)));

/** Write the times of a page that came as HTML in the reader's own words. */
export function retell(root) {
  for (const each of root.querySelectorAll("time[datetime]")) {
    each.title = exact.format(new Date(each.dateTime));
    each.textContent = ago(each.dateTime);
  }
}

/** "3/4", or a dash when nothing was given. */
export function score(task) {
  return task.given ? [String(task.passed), el("span", { class: "muted" }, `/${task.given}`)] : NOTHING;
}

/** The first characters of a commit. */
export const short = (sha) => sha.slice(0, 7);
