// The versions with a viewer for their files: choose a version, choose a file, read, copy, download.

import { away, copyButton, el, fill } from "./dom.js";
import { addressOf, bytesOf, imageType, inOrder, nameOf, textOf, webAddress } from "./files.js";
import { highlighted } from "./highlight.js";
import { restoreInstructions } from "./restore.js";
import { bytes, clock, score, short, time } from "./words.js";

const FIRST = ["index.html", "README.md"];

/** A version in one line. */
function versionLabel(version) {
  return [short(version.sha), version.subject || "without a message", version.is_ours ? "" : "pushed from outside", version.is_hidden ? "hidden" : ""].filter(Boolean).join(" · ");
}

/** A list to choose a version from, newest first; those that somebody hid come last, under their own heading. */
export function versionChoice(task, id, chosen, choose) {
  const option = (each) => el("option", { value: each.sha, selected: each.sha === chosen }, versionLabel(each));
  const [shown, hidden] = [false, true].map((wanted) => task.versions.toReversed().filter((each) => Boolean(each.is_hidden) === wanted).map(option));
  return el("select", { id, change: (event) => choose(event.target.value) }, shown, hidden.length ? el("optgroup", { label: "Hidden" }, hidden) : null);
}

function keepInAddress(version, file) {
  const chosen = new URLSearchParams(location.search);
  chosen.set("version", version.sha);
  if (file) chosen.set("file", file.path);
  else chosen.delete("file");
  history.replaceState(null, "", `?${chosen}${location.hash}`);
}

function facts(version) {
  return el("p", { class: "muted version-facts" }, clock(version.committed_at), " (", time(version.committed_at), ") · ",
    away(version.url, el("code", {}, short(version.sha))), version.given ? [" · given checks ", score(version)] : null,
    version.omitted ? ` · ${version.omitted} files are not listed` : null,
    version.is_hidden ? el("span", { class: "pill idle" }, "hidden by a message; git keeps it") : null);
}

function fileList(version, chosen, choose) {
  return el("ul", { class: "files", "aria-label": "Files of this version" }, inOrder(version.files).map((file) => el("li", {},
    el("button", { type: "button", class: "quiet", "aria-pressed": String(file.path === chosen?.path), click: () => choose(file) },
      el("span", { class: "path" }, file.path), el("span", { class: "muted" }, bytes(file.size))))));
}

async function contentsOf(task, version, file) {
  const web = webAddress(task, version, file);
  if (!file.is_kept) return el("p", { class: "empty" }, "This file is not kept here: it is too large, or one of very many. ", away(web, "Look at it in the repository"), ".");
  if (imageType(file.path)) {
    const source = URL.createObjectURL(new Blob([await bytesOf(task, file)], { type: imageType(file.path) }));
    return el("p", { class: "picture" }, el("img", { src: source, alt: `The picture ${file.path}` }));
  }
  if (!file.is_text) return el("p", { class: "empty" }, "This file is not text. It can be downloaded.");
  return el("pre", { class: "source", tabindex: "0", role: "region", "aria-label": `Contents of ${file.path}` }, highlighted(await textOf(task, file), file.path));
}

async function showFile(parent, task, version, file) {
  if (!file) return fill(parent, el("p", { class: "empty" }, "This version has no files."));
  const tools = file.is_kept ? [
    file.is_text ? el("span", { class: "copy-place" }) : null,
    el("a", { class: "button", href: addressOf(task, file), download: nameOf(file.path) }, "Download"),
  ] : [];
  const body = el("div", { class: "file-body", "aria-busy": "true" });
  fill(parent, el("div", { class: "file-head" }, el("h3", {}, file.path), tools), body);
  try {
    const shown = await contentsOf(task, version, file);
    const text = file.is_kept && file.is_text ? await textOf(task, file) : null;
    if (text !== null) parent.querySelector(".copy-place")?.replaceWith(copyButton("Copy", text));
    fill(body, shown);
  } catch (problem) {
    fill(body, el("p", { class: "notice", role: "alert" }, problem.message));
  }
  body.removeAttribute("aria-busy");
  return undefined;
}

/** Show the versions. The address can name one, and a file of it. */
export function showCode(parent, task) {
  if (!task.versions.length) return fill(parent, el("p", { class: "empty" }, "No version was collected yet. Each commit of the repository becomes one."));
  const wanted = new URLSearchParams(location.search);
  let version = task.versions.find((each) => each.sha === wanted.get("version")) ?? task.versions.findLast((each) => !each.is_hidden) ?? task.versions.at(-1);
  const [about, files, viewer] = ["version-about", "files-place", "viewer"].map((name) => el("div", { class: name }));
  const pick = (path) => version.files.find((each) => each.path === path) ?? FIRST.map((name) => version.files.find((each) => each.path === name)).find(Boolean) ?? inOrder(version.files)[0];
  let file = pick(wanted.get("file"));
  const show = () => {
    fill(about, facts(version), restoreInstructions(task, version));
    fill(files, fileList(version, file, chooseFile));
    return showFile(viewer, task, version, file);
  };
  const chooseFile = async (next) => {
    file = next;
    keepInAddress(version, file);
    await show();
    files.querySelector("[aria-pressed=true]")?.focus({ preventScroll: true });
  };
  const chooseVersion = (sha) => {
    version = task.versions.find((each) => each.sha === sha);
    file = pick(file?.path);
    keepInAddress(version, file);
    show();
  };
  fill(parent, el("div", { class: "choice" }, el("label", { for: "version" }, "Version"), versionChoice(task, "version", version.sha, chooseVersion)),
    about, el("div", { class: "browser" }, files, viewer));
  return show();
}
showCode.reads = (task) => [task.versions, task.project];
