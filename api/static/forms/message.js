// A message about a project or a task, with its log; and what came of it.

import { Problem, ask } from "./api.js";
import { away, find } from "./dom.js";
import { done, handle, values } from "./form.js";
import { follow } from "./progress.js";

const LARGEST_LOG = 1_000_000;

export function start() {
  const kind = find("message-kind");
  const fit = () => {
    for (const part of document.querySelectorAll("#message-form [data-for]")) part.hidden = !part.dataset.for.split(" ").includes(kind.value);
  };
  kind.addEventListener("change", fit);
  fit();
  handle("message-form", "message-outcome", async (form, nonce) => {
    const body = { ...values(form), nonce };
    if (/^[0-9a-f]{20}$/.test(body.project_id)) { body.task_key = body.project_id; delete body.project_id; }
    body.metrics = numbers(body.metrics);
    const log = find("message-log").files[0];
    if (log) Object.assign(body, await read(log));
    const said = await ask("POST", "feedback", { json: body });
    find("message-text").value = "";
    find("message-log").value = "";
    await after(said, find("message-outcome"), body.revise);
  });
}

/** Say that a message is kept; follow the build that it asks for. */
export async function after(said, outcome, asksForBuild) {
  const page = said.dashboard_url ? ["On the dashboard in a minute: ", away(said.dashboard_url, "its task")] : [];
  const box = done(outcome, "Your message is on its way", ...(asksForBuild ? ["The build that it asks for is shown here when it begins."] : []));
  box.append(...page);
  if (!asksForBuild) return;
  void wait(said.message_id, outcome, box);
}

async function wait(messageId, outcome, box) {
  for (let look = 0; look < 100 && box.isConnected; look += 1) {
    await new Promise((go) => setTimeout(go, 3000));
    try {
      const seen = await ask("GET", `feedback/${messageId}`);
      if (seen.build) return follow(seen.build.build_id, outcome, { title: "The build that you asked for" });
      if (["recorded", "not-recorded", "not-published"].includes(seen.state)) return done(outcome, "No build was started", seen.note, seen.text);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (![0, 404, 429, 503].includes(error.status)) return done(outcome, "Your message is on its way", error.message);
    }
  }
  return null;
}

/** Read "name = number" lines. */
function numbers(text) {
  const found = {};
  for (const line of (text ?? "").split("\n").filter((each) => each.trim())) {
    const [, name, value] = /^\s*([^=:]+?)\s*[=:]\s*(\S+)\s*$/.exec(line) ?? [];
    if (!name || !Number.isFinite(Number(value))) throw wrong("metrics", `“${line.trim()}” is not of the form name = number`);
    found[name] = Number(value);
  }
  return found;
}

async function read(file) {
  if (file.size > LARGEST_LOG) throw wrong("log", "has more than 1 MB; send its end, which says what happened");
  const name = file.name.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[.-]+/, "").slice(0, 100) || "log.txt";
  return { log: await file.text(), log_name: name };
}

function wrong(field, reason) {
  return new Problem(422, { error: "invalid-request", message: "This cannot be sent as it is.", next_step: "Correct the field that is marked.", details: [{ field, reason }] });
}
