// Fetches JSON that lies beside the pages, once or again and again, and rests while nobody looks.

/** Something could not be fetched; the message says what happened and what to do. */
class CannotLoad extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** Fetch a text of this dashboard; the browser asks the server whether its copy is still the newest. */
export async function loadText(path) {
  let answer;
  try {
    answer = await fetch(path, { cache: "no-cache" });
  } catch {
    throw new CannotLoad("The dashboard cannot be reached. Look at the network, then load this page again.", 0);
  }
  if (answer.ok) return answer.text();
  throw new CannotLoad(`${path} answers ${answer.status}. It may just be replaced by a newer one: load this page again in a minute.`, answer.status);
}

/** Fetch JSON of this dashboard. */
export async function loadJson(path) {
  return JSON.parse(await loadText(path));
}

/** Fetch an HTML page of this dashboard as a document of its own; its scripts do not run. */
export function loadDocument(path) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("GET", path);
    request.setRequestHeader("Cache-Control", "no-cache");
    request.responseType = "document";
    request.onload = () => (request.status === 200 && request.response ? resolve(request.response) : request.onerror());
    request.onerror = () => reject(new CannotLoad(`${path} cannot be fetched.`, request.status));
    request.send();
  });
}

/** Do `work` again and again while the page is visible. It returns the seconds until the next time, or null to end. */
export function repeat(work) {
  let [timer, due, busy, ended] = [null, 0, false, false];
  const plan = () => { timer = setTimeout(run, Math.max(0, due - Date.now())); };
  const run = async () => {
    timer = null;
    if (document.hidden || busy || ended) return;
    busy = true;
    const seconds = await work();
    busy = false;
    ended = seconds === null;
    due = Date.now() + seconds * 1000;
    if (!ended) plan();
  };
  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    timer = null;
    if (!document.hidden && !busy && !ended) plan();
  });
  plan();
}

/** Call `tell` with the JSON at `path` whenever it has changed since `known`, which is its text. */
export function follow(path, known, tell) {
  const seconds = Number(document.body.dataset.refresh);
  let text = known;
  repeat(async () => {
    if (text === null) return seconds;
    const now = await loadText(path).catch(() => text); // it is there again at one of the next times
    if (now !== text) {
      text = now;
      await tell(JSON.parse(now));
    }
    return seconds;
  });
}
