// A new task: a brief with checks and attachments, or an order for the Generator.

import { LIMIT, Problem, ask, tooLarge } from "./api.js";
import { away, el, find, size } from "./dom.js";
import { busy, handle, show, values } from "./form.js";
import { follow } from "./progress.js";

const BASE64 = 4 / 3;

export function start() {
  const [brief, order] = [find("task-form"), find("order-form")];
  for (const choice of document.querySelectorAll("[name=how]")) {
    choice.addEventListener("change", () => { brief.hidden = choice.value !== "brief"; order.hidden = !brief.hidden; });
  }
  const attached = picker(find("task-files"), find("task-list"));
  find("task-files-hint").textContent = `At most ${size(Math.floor(LIMIT / BASE64))} together; they are published with the page.`;
  find("explain").addEventListener("click", ({ target }) => explain(target, attached));
  handle("task-form", "task-outcome", async (form, nonce) => {
    const said = await ask("POST", "ready", { json: { ...(await task(form, attached)), nonce } });
    void follow(said.build_id, find("task-outcome"), { title: "Your task is on its way", links: [away(said.dashboard_url, "dashboard")] });
    notes(said.notes);
  });
  handle("order-form", "task-outcome", async (form, nonce) => {
    const said = await ask("POST", "tasks", { json: { ...values(form), nonce } });
    const before = { name: "Make the task", until: () => made(said.start_id) };
    void follow(said.build_id, find("task-outcome"), { title: "Your order is on its way", links: [away(said.dashboard_url, "dashboard")], before });
  });
}

/** Show what the answer says besides, such as an attachment that cannot be read. */
function notes(said) {
  if (said?.length) find("task-outcome").prepend(el("div", { class: "note" }, said.map((note) => el("p", {}, note))));
}

/** Return the task as it is sent. */
async function task(form, attached) {
  const found = values(form);
  found.checks = lines(found.checks);
  const total = attached.files().reduce((sum, file) => sum + file.size, 0);
  if (total * BASE64 > LIMIT) throw tooLarge(total * BASE64);
  found.attachments = await Promise.all(attached.files().map(async (file) => ({ name: file.name, url: await dataUrl(file) })));
  return found;
}

function lines(text) {
  return (text ?? "").split("\n").map((line) => line.trim()).filter(Boolean);
}

/** Return a file as a data: URL. */
function dataUrl(file) {
  return new Promise((got, failed) => {
    const reader = new FileReader();
    reader.onload = () => got(reader.result);
    reader.onerror = () => failed(new Problem(0, { error: "unreadable", message: `${file.name} cannot be read.`, next_step: "Choose it again.", details: [] }));
    reader.readAsDataURL(file);
  });
}

/** Let people choose several times, and take single files away again. */
function picker(input, list) {
  let chosen = [];
  const draw = () => list.replaceChildren(...chosen.map((file) => el("li", {},
    el("span", {}, file.name), el("span", { class: "size" }, size(file.size)),
    el("button", { type: "button", class: "quiet", "aria-label": `Leave out ${file.name}`, click: () => {
      chosen = chosen.filter((each) => each !== file);
      draw();
      input.dispatchEvent(new Event("input", { bubbles: true })); // the form is another one now
      input.focus();
    } }, "Leave out"))));
  input.addEventListener("change", () => {
    const added = [...input.files];
    chosen = [...chosen.filter((file) => !added.some((each) => each.name === file.name)), ...added];
    input.value = "";
    draw();
  });
  return { files: () => chosen };
}

/** Wait until the Generator has ended; return what is wrong, or nothing. */
async function made(startId) {
  for (;;) {
    const run = await ask("GET", `started/${startId}`);
    if (run.state === "completed") return run.conclusion === "success" ? "" : `The task could not be made (${run.conclusion}). Its run says why: ${run.run_url}`;
    await new Promise((go) => setTimeout(go, 3000));
  }
}

/** Show what each check is read as, before anything is sent. */
async function explain(button, attached) {
  const out = find("explained"), form = find("task-form"), checks = lines(find("task-checks").value);
  if (!checks.length) { out.textContent = "There are no checks yet."; return; }
  await busy(button, async () => {
    try {
      const { attachments } = await task(form, attached);
      const said = await ask("POST", "explain", { json: { checks, brief: find("task-brief").value, attachments } });
      out.replaceChildren(el("ol", { class: "read" }, said.checks.map((each) => el("li", {}, String(each.check),
        el("ul", {}, each.read_as.map((one) => el("li", {}, one.sentence, one.executable ? "" : " (no program can decide this)")),
          each.note ? el("li", {}, each.note) : null, !each.read_as.length && !each.note ? el("li", {}, "a model reads it") : null)))));
    } catch (error) {
      if (error.status === 404) out.textContent = "This receiver cannot explain checks; send them anyway.";
      else show(error, form, find("task-outcome"));
    }
  });
}
