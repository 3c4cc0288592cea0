// The versions of a project, each of which can be downloaded or restored.

import { ask, nonce } from "./api.js";
import { away, el, find } from "./dom.js";
import { busy, handle, show, values } from "./form.js";
import { after } from "./message.js";

const path = (project) => project.split("/").map(encodeURIComponent).join("/");

export function start() {
  handle("versions-form", "versions-outcome", async (form) => {
    const { project_id: project } = values(form);
    const said = await ask("GET", `projects/${path(project)}/versions`);
    const list = el("ol", { class: "rows", "aria-label": "Versions, newest first" }, said.versions.map((version, place) => row(said.project, version, place === 0 && said.page === 1)));
    const more = said.next ? el("p", { class: "hint" }, "There are older ones; they are in the repository.") : null;
    const heading = el("h2", { tabindex: "-1" }, said.project);
    find("versions-outcome").replaceChildren(el("div", { class: "card" }, heading, list, more));
    heading.focus();
  });
}

function row(project, version, isNewest) {
  const when = new Date(version.committed_at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  return el("li", {},
    el("div", { class: "head" }, el("span", {}, version.subject), el("span", { class: "hint" }, when, " · ", away(version.url, version.sha.slice(0, 10)))),
    isNewest ? el("p", { class: "hint" }, "This is what the page shows now.") : el("div", { class: "end" }, restoreButton(project, version)));
}

function restoreButton(project, version) {
  const short = version.sha.slice(0, 10), mark = nonce(); // pressed again, it is the same message
  return el("button", { type: "button", class: "quiet", "aria-label": `Restore ${short}`, click: ({ target }) => {
    const text = el("input", { value: `Bring ${short} back.`, "aria-label": "Why, in public", maxlength: "8000" });
    const go = el("button", { type: "button", click: () => busy(go, async () => {
      try {
        const body = { project_id: project, role: "owner", kind: "feedback", text: text.value, restore: version.sha, nonce: mark };
        await after(await ask("POST", "feedback", { json: body }), find("versions-outcome"), true);
      } catch (error) { show(error, null, find("versions-outcome")); }
    }) }, `Restore ${short}`);
    target.replaceWith(text, go);
    text.focus();
  } }, "Restore");
}
