// The overview: came as HTML, so only what changes needs a script.

import { announce } from "./dom.js";
import { follow, loadDocument, loadText } from "./load.js";
import { showRunning } from "./running.js";
import { count, retell } from "./words.js";

const content = () => document.getElementById("content");
let running = null;

function showCount() {
  const card = document.querySelector("#card-running b");
  if (running !== null) card.textContent = count(running);
}

/** Warn in the last two weeks of the publishing token, and afterwards. */
function warnOfToken() {
  const token = document.getElementById("token");
  if (token) token.hidden = Date.parse(token.dataset.expires) - Date.now() > 14 * 86400000;
}

/** Take over the newest page: its sums, trends and tasks. Where the reader is stays where it is. */
async function renew(stats) {
  const page = await loadDocument("index.html").catch(() => null);
  const [next, freshness] = [page?.getElementById("content"), page?.getElementById("freshness")];
  if (!next || !freshness) return;
  const focused = document.activeElement?.closest("#content a")?.getAttribute("href");
  const isOpen = content().querySelector("details")?.open;
  content().replaceWith(document.adoptNode(next));
  document.getElementById("freshness").replaceWith(document.adoptNode(freshness));
  if (isOpen) content().querySelector("details")?.setAttribute("open", "");
  if (focused) [...content().querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus();
  retell(document);
  warnOfToken();
  showCount();
  announce(`Updated: ${count(stats.tasks)} tasks, ${count(stats.builds)} builds`);
}

retell(document);
warnOfToken();
setInterval(() => retell(document), 60000);
showRunning(document.getElementById("running"), {
  tell: (news) => {
    if (news.limitedUntil || news.isPrivate || news.isAway) return;
    running = news.runs.filter((run) => run.kind === "build").length;
    showCount();
  },
});
const known = await loadText("api/stats.json").catch(() => null);
follow("api/stats.json", known, renew);
