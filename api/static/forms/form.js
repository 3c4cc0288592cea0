// What all forms have in common: sent once, with their errors beside the fields.

import { Problem, nonce } from "./api.js";
import { el, find } from "./dom.js";

/** Handle a form: `send(form, nonce)` asks; what it throws is shown. While it asks, it is not sent again.

    The nonce stays the same until something in the form changes or it was accepted: sent again, it is the same request. */
export function handle(id, outcome, send) {
  const form = find(id);
  const button = form.querySelector("[type=submit]");
  let mark = nonce();
  form.addEventListener("input", () => { mark = nonce(); });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    clear(form, find(outcome));
    await busy(button, async () => {
      try {
        require(form);
        await send(form, mark);
        mark = nonce();
      } catch (error) {
        show(error, form, find(outcome));
      }
    });
  });
}

/** Do something while a button cannot be pressed. */
export async function busy(button, work) {
  const words = button.textContent;
  button.disabled = true;
  button.textContent = "Just a moment…";
  try {
    return await work();
  } finally {
    button.disabled = false;
    button.textContent = words;
  }
}

/** Return what stands in the fields of a form that are shown; empty ones are left out, boxes are true. */
export function values(form) {
  const found = {};
  for (const field of form.elements) {
    if (!field.name || field.type === "file" || field.closest("[hidden]")) continue;
    if (field.type === "checkbox") { if (field.checked) found[field.name] = true; }
    else if (field.value.trim()) found[field.name] = field.type === "number" ? Number(field.value) : field.value.trim();
  }
  return found;
}

/** Throw a Problem for what the browser itself sees to be missing or of the wrong form. */
function require(form) {
  const wrong = [find("key"), ...form.elements].filter((field) => (field.name || field.id === "key") && !field.closest("[hidden]") && !field.checkValidity());
  if (wrong.length) {
    const details = wrong.map((field) => ({ field: field.name || field.id, reason: field.validationMessage }));
    throw new Problem(422, { error: "incomplete", message: "Something is missing.", next_step: "Look at the fields that are marked.", details });
  }
}

/** Forget what was said about a form. */
function clear(form, outcome) {
  outcome.replaceChildren();
  for (const wrong of document.querySelectorAll(".wrong")) wrong.remove();
  for (const field of [...form.elements, find("key")]) {
    field.removeAttribute("aria-invalid");
    const described = (field.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && !id.endsWith("-wrong"));
    described.length ? field.setAttribute("aria-describedby", described.join(" ")) : field.removeAttribute("aria-describedby");
  }
}

/** Show a problem: its words below the form, each of its details beside its field. */
export function show(error, form, outcome) {
  if (!(error instanceof Problem)) {
    outcome.replaceChildren(problem("Something went wrong in this page.", [String(error)]));
    throw error;
  }
  const rest = [];
  let first = null;
  for (const detail of error.details) {
    const field = fieldOf(form, detail.field);
    if (!field) rest.push(`${detail.field}: ${detail.reason}`);
    else { mark(field, detail); first ??= field; }
  }
  const after = error.after ? ` (${error.after} seconds)` : "";
  const box = problem(error.message, [error.cause, ...rest, error.next && `${error.next}${after}`]);
  outcome.replaceChildren(box);
  (first ?? box).focus();
}

function problem(title, lines) {
  return el("div", { class: "problem", role: "alert", tabindex: "-1" }, el("h2", {}, title), lines.filter(Boolean).map((line) => el("p", {}, line)));
}

function fieldOf(form, path) {
  if (path === "key" || path === "secret") return find("key");
  const field = form?.elements.namedItem(path.split(".")[0]);
  return field && !field.closest?.("[hidden]") ? field : null;
}

function mark(field, detail) {
  const id = `${field.id}-wrong`, where = detail.field.includes(".") ? `${detail.field.split(".").slice(1).join(".")}: ` : "";
  field.setAttribute("aria-invalid", "true");
  const words = find(id) ?? el("p", { class: "wrong", id });
  words.append(words.textContent ? "; " : "", `${where}${detail.reason}`);
  field.closest("details")?.setAttribute("open", "");
  if (!words.isConnected) field.after(words);
  const described = new Set((field.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean).concat(id));
  field.setAttribute("aria-describedby", [...described].join(" "));
  return field;
}

/** Say that something is done. */
export function done(outcome, title, ...lines) {
  const box = el("div", { class: "note", role: "status" }, el("h2", {}, title), lines.filter(Boolean).map((line) => el("p", {}, line)));
  outcome.replaceChildren(box);
  return box;
}
