// The contents of versions' files, fetched once each.

const contents = new Map();
const IMAGES = { png: "image/png", jpg: "image/jpeg", jpeg: "image/jpeg", gif: "image/gif", webp: "image/webp", avif: "image/avif", ico: "image/x-icon", svg: "image/svg+xml" };

/** Where a file's contents are on the dashboard. */
export const addressOf = (task, file) => `api/files/${task.key}/${file.sha256}`;

/** Files in the order of interest: what was made for the task first, and what Pagewright keeps beside it (.github, .pagewright) last. */
export function inOrder(files) {
  const rank = ({ path }) => (path.startsWith(".") ? 1 : 0);
  return [...files].sort((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : 1));
}

/** The last part of a path. */
export const nameOf = (path) => path.split("/").at(-1);

/** The media type of a picture, by its name; undefined for anything else. */
export const imageType = (path) => IMAGES[path.split(".").at(-1).toLowerCase()];

/** Fetch a file's bytes. */
export async function bytesOf(task, file) {
  const address = addressOf(task, file);
  if (!contents.has(address)) {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${file.path} cannot be fetched (${answer.status}). Load this page again in a minute.`);
    contents.set(address, await answer.arrayBuffer());
  }
  return contents.get(address);
}

/** Fetch a file's text. */
export async function textOf(task, file) {
  return new TextDecoder().decode(await bytesOf(task, file));
}

/** The address of a file's page in the repository, at a commit. */
export function webAddress(task, version, file) {
  return task.repo_url ? `${task.repo_url}/blob/${version.sha}/${file.path.split("/").map(encodeURIComponent).join("/")}` : "";
}
