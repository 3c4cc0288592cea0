// Colours source text: cuts it into tokens, and makes one element for each line, so that lines can be counted and named.

import { el } from "./dom.js";
import { LANGUAGES, languageOf } from "./languages.js";

const LONGEST = 150000; // longer files are shown without colours
const readers = new Map();

/** One pattern for all rules of a language, each in a group of its own. */
function readerOf(language) {
  if (!readers.has(language)) {
    const rules = LANGUAGES[language];
    const source = rules.map(([kind, pattern], place) => `(?<${kind}_${place}>${pattern.source})`).join("|");
    const has = (flag) => (rules.some(([, pattern]) => pattern.flags.includes(flag)) ? flag : "");
    readers.set(language, new RegExp(source, `g${has("i")}${has("m")}`));
  }
  return readers.get(language);
}

/** The parts of an element whose text is in a language of its own. */
function partsOf(kind, text) {
  const start = text.indexOf(">") + 1;
  const end = text.lastIndexOf("</");
  if (end < start) return [["tag", text]];
  return [["tag", text.slice(0, start)], [kind, text.slice(start, end)], ["tag", text.slice(end)]];
}

/** Cut a text into `[kind, text]`; kind is null for what has no colour. */
export function tokens(text, language) {
  const found = [];
  let place = 0;
  for (const match of text.matchAll(readerOf(language))) {
    if (!match[0]) continue;
    if (match.index > place) found.push([null, text.slice(place, match.index)]);
    place = match.index + match[0].length;
    const kind = Object.entries(match.groups).find(([, value]) => value !== undefined)[0].split("_")[0];
    if (kind === "script" || kind === "style") for (const [part, inside] of partsOf(kind, match[0])) found.push(...tokens(inside, part));
    else if (kind === "tag" && language !== "tag") found.push(...tokens(match[0], "tag"));
    else found.push([kind, match[0]]);
  }
  if (place < text.length) found.push([null, text.slice(place)]);
  return found;
}

/** Cut tokens at the ends of lines. */
export function lines(all) {
  const found = [[]];
  for (const [kind, text] of all) {
    text.split("\n").forEach((part, place) => {
      if (place) found.push([]);
      if (part) found.at(-1).push([kind, part]);
    });
  }
  if (found.length > 1 && !found.at(-1).length) found.pop();
  return found;
}

/** The lines of a file as elements. */
export function highlighted(text, path) {
  const language = text.length <= LONGEST ? languageOf(path) : null;
  const all = language ? tokens(text, language) : [[null, text]];
  return el("code", {}, lines(all).map((line) => el("span", { class: "line" },
    line.map(([kind, part]) => (kind ? el("span", { class: `t-${kind}` }, part) : part)), "\n")));
}
