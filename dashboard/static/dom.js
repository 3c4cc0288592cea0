// Builds elements. Text goes in as text only: whatever a task, a commit or a file says, it stays words.

const SAFE_LINK = /^(https?:\/\/|(?!\/\/)[\w.\/-]+(\?|$)|#|blob:)/;

/** Make an element: attributes (functions become listeners; null, undefined and false leave one out), then children. */
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") made.addEventListener(key, value);
    else if ((key === "href" || key === "src") && !SAFE_LINK.test(value)) continue;
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** Replace everything inside an element. */
export function fill(parent, ...children) {
  parent.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
}

/** A panel with a heading; `id` makes it a place that links can name. */
export function panel(id, title, note, ...children) {
  const heading = el("h2", { id: `${id}-title` }, title, note ? el("span", { class: "muted" }, note) : null);
  return el("section", { class: "panel", id, "aria-labelledby": `${id}-title` }, heading, ...children);
}

/** A table that scrolls sideways by itself. `columns` are names, or [name, class]; `rows` are lists of cells. */
export function table(label, columns, rows) {
  const pairs = columns.map((column) => (Array.isArray(column) ? column : [column, null]));
  const head = pairs.map(([name, kind]) => el("th", { scope: "col", class: kind }, name));
  const body = rows.map((cells) => el("tr", {}, cells.map((cell, place) =>
    place === 0 ? el("th", { scope: "row", class: pairs[0][1] }, cell) : el("td", { class: pairs[place][1] }, cell))));
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label },
    el("table", {}, el("thead", {}, el("tr", {}, head)), el("tbody", {}, body)));
}

/** A link that leaves the dashboard. */
export function away(address, ...children) {
  return address ? el("a", { href: address, rel: "noreferrer" }, ...children) : el("span", {}, ...children);
}

/** A button that copies a text and says so. */
export function copyButton(label, text) {
  const button = el("button", { type: "button", class: "copy" }, label);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(typeof text === "function" ? text() : text);
      button.textContent = "Copied";
      announce("Copied to the clipboard");
    } catch {
      button.textContent = "Copying was refused";
      announce("The browser refused to copy. Select the text and copy it by hand.");
    }
    setTimeout(() => { button.textContent = label; }, 2500);
  });
  return button;
}

/** Say something to everybody, also to those who listen. */
export function announce(text) {
  document.getElementById("news").textContent = text;
}
