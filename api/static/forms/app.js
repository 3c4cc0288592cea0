// Shows one form at a time, filled in with what the address says: #form, and ?project=…&task=…

import { find } from "./dom.js";
import * as builds from "./builds.js";
import * as message from "./message.js";
import * as task from "./task.js";
import * as upload from "./upload.js";
import * as versions from "./versions.js";

const VIEWS = [...document.querySelectorAll(".view")];
const FILLS = {
  project: ["message-about", "versions-project", "upload-project", "evaluate-project"],
  task: ["task-name"],
  task_key: ["message-about"],
  template: ["order-template"],
  build: ["builds-id"],
  round: ["task-round"],
};

/** Show the form that the address names, else the first one. */
function open({ focus = true } = {}) {
  const wanted = VIEWS.find((view) => `#${view.id}` === location.hash) ?? VIEWS[0];
  for (const view of VIEWS) view.hidden = view !== wanted;
  for (const link of document.querySelectorAll("nav a")) {
    link.hash === `#${wanted.id}` ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
  }
  document.title = `${wanted.querySelector("h1").textContent} · Pagewright`;
  if (focus) { find("main").focus({ preventScroll: true }); scrollTo(0, 0); }
}

for (const form of [task, message, versions, upload, builds]) form.start();
const given = new URLSearchParams(location.search);
for (const [name, ids] of Object.entries(FILLS)) {
  for (const id of given.get(name) ? ids : []) find(id).value ||= given.get(name).slice(0, 500);
}
if (given.get("round")) find("task-round").value = given.get("round");
if (given.get("task") && given.get("round")) document.querySelector("#task-form details").open = true;
addEventListener("hashchange", () => open());
open({ focus: false });
