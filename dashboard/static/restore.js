// How to bring a version back: the exact request, to copy. The dashboard itself can change nothing.

import { copyButton, el } from "./dom.js";
import { short } from "./words.js";

/** A text as one word of a shell. */
export const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** The request that restores a version. */
function restoreCommand(task, version) {
  const body = { project_id: task.project, role: "owner", text: `Bring version ${short(version.sha)} back.`, restore: version.sha };
  const receiver = document.body.dataset.receiver || "$RECEIVER";
  return [`curl -X POST "${receiver}/feedback" \\`, "  -H \"X-API-KEY: $STUDENT_SECRET\" \\", "  -H 'Content-Type: application/json' \\", `  -d ${quoted(JSON.stringify(body))}`].join("\n");
}

/** The address of the receiver's form, filled in; nothing where the receiver is not known. */
export function formAddress(form, given) {
  const receiver = document.body.dataset.receiver;
  return receiver ? `${receiver}/forms?${new URLSearchParams(given)}#${form}` : null;
}

/** Say how to restore a version. */
export function restoreInstructions(task, version) {
  const newest = task.versions.at(-1);
  if (!task.project || version.sha === newest.sha) return null;
  const command = restoreCommand(task, version), form = formAddress("versions", { project: task.project });
  return el("details", { class: "restore" }, el("summary", {}, "Restore this version"),
    el("p", {}, "This makes a new commit with the files of this version; nothing is lost. ", form ? [el("a", { class: "form", href: form }, "Restore it with a form"), ". Or send"] : "Send", " it from a shell that knows the shared secret",
      document.body.dataset.receiver ? ":" : " and the receiver's address:"),
    el("pre", { class: "snippet", tabindex: "0", role: "region", "aria-label": "Request that restores this version" }, el("code", {}, command)), copyButton("Copy the request", command));
}
