// Files of one's own: single ones, a folder, or one zip.

import { LIMIT, Problem, ask, tooLarge } from "./api.js";
import { away, el, find, size } from "./dom.js";
import { handle, values } from "./form.js";
import { follow } from "./progress.js";

const MOST_SHOWN = 12;
const LEFT_OUT = /(^|\/)(\.git|node_modules|\.DS_Store|Thumbs\.db)(\/|$)/; // nobody means these

export function start() {
  const [single, folder] = [find("upload-files"), find("upload-folder")];
  let chosen = [];
  const take = (input, other) => input.addEventListener("change", () => {
    other.value = "";
    chosen = [...input.files].map((file) => ({ path: pathOf(file), file })).filter(({ path }) => !LEFT_OUT.test(path));
    list(chosen);
  });
  take(single, folder);
  take(folder, single);
  find("upload-hint").textContent = `At most ${size(LIMIT)} together. They become public as they are.`;
  handle("upload-form", "upload-outcome", async (form, nonce) => {
    const { project_id: project, message, replace } = values(form);
    if (!chosen.length) throw new Problem(422, { error: "incomplete", message: "Nothing is chosen.", next_step: "Choose files, a folder or a zip.", details: [{ field: "files", reason: "is needed" }] });
    const total = chosen.reduce((sum, { file }) => sum + file.size, 0);
    if (total > LIMIT) throw tooLarge(total);
    const about = { nonce, ...(message && { message }), ...(replace && { replace: "true" }) };
    const said = await ask("POST", `projects/${project.split("/").map(encodeURIComponent).join("/")}/versions${isZip(chosen) ? `?${new URLSearchParams(about)}` : ""}`, isZip(chosen) ? { body: chosen[0].file, type: "application/zip" } : { body: asForm(chosen, about) });
    void follow(said.build_id, find("upload-outcome"), { title: said.is_new ? "A new project is on its way" : "A new version is on its way", links: [away(said.dashboard_url, "dashboard")] });
  });
}

/** The path in the repository: without the name of the folder that was chosen. */
function pathOf(file) {
  return file.webkitRelativePath ? file.webkitRelativePath.split("/").slice(1).join("/") : file.name;
}

function isZip(chosen) {
  return chosen.length === 1 && /\.zip$/i.test(chosen[0].path);
}

function asForm(chosen, about) {
  const form = new FormData();
  for (const [name, value] of Object.entries(about)) form.append(name, value);
  for (const { path, file } of chosen) form.append("files", file, path);
  return form;
}

function list(chosen) {
  const rows = chosen.slice(0, MOST_SHOWN).map(({ path, file }) => el("li", {}, el("span", {}, path), el("span", { class: "size" }, size(file.size))));
  const more = chosen.length > MOST_SHOWN ? el("li", {}, el("span", {}, `and ${chosen.length - MOST_SHOWN} more`)) : "";
  find("upload-list").replaceChildren(...rows, more);
}
