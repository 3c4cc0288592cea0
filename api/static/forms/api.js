// Asks this receiver, and nobody else. The key is read from its field each time, and kept nowhere.

import { find } from "./dom.js";

const ROOT = document.body.dataset.root;
export const LIMIT = Number(document.body.dataset.limit); // bytes of a request

/** What the receiver says when it does not do what it was asked. */
export class Problem extends Error {
  constructor(status, said) {
    super(said.message);
    Object.assign(this, { status, code: said.error, cause: said.cause, next: said.next_step, details: said.details ?? [] });
    this.after = said.retry_after_seconds;
  }
}

/** The key as a header can carry it: one sign for each byte of UTF-8. */
function key() {
  const typed = find("key").value.trim();
  if (!typed) throw new Problem(0, { error: "no-key", message: "Your key is missing.", next_step: "Type it in above.", details: [{ field: "key", reason: "is needed for everything here" }] });
  return String.fromCharCode(...new TextEncoder().encode(typed));
}

/** Ask; return the JSON of a success. `json` or `body` is sent. Throws Problem. */
export async function ask(method, path, { json, body, type, signal } = {}) {
  const headers = { "X-API-KEY": key(), Accept: "application/json" };
  if (json !== undefined) headers["Content-Type"] = "application/json";
  else if (type) headers["Content-Type"] = type;
  const content = json === undefined ? body : JSON.stringify(json);
  if (typeof content === "string" && content.length > LIMIT) throw tooLarge(content.length);
  let answer;
  try {
    answer = await fetch(ROOT + path, { method, headers, body: content, signal, credentials: "omit", cache: "no-store", redirect: "error" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, { error: "no-answer", message: "The receiver did not answer.", cause: "The connection is gone, or the receiver is starting.", next_step: "Press the button again: nothing happens twice." });
  }
  const said = await answer.json().catch(() => null);
  if (answer.ok && said) return said;
  throw new Problem(answer.status, said?.message ? said : { error: "odd-answer", message: `The answer cannot be read (status ${answer.status}).`, cause: "Something between you and the receiver answered in its place.", next_step: "Try again in a minute." });
}

/** Say that more is to be sent than is read. */
export function tooLarge(bytes) {
  return new Problem(413, { error: "too-large", message: `This is ${(bytes / 1_000_000).toFixed(1)} MB; at most ${(LIMIT / 1_000_000).toFixed(0)} MB are read.`, cause: "The files are too large together; attachments grow by a third on their way.", next_step: "Leave some out, or make them smaller." });
}

/** A text that is new each time: the same form sent again with it is the same request. */
export function nonce() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
