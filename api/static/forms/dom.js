// Builds elements. Text goes in as text only: whatever a page, a commit or an answer says, it stays words.

/** Make an element: attributes (functions become listeners; null and false leave one out), then children. */
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") made.addEventListener(key, value);
    else if (key === "href" && !/^https?:\/\//.test(value)) continue; // no address runs a script
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** A link that leaves the forms; words only where there is no address. */
export function away(address, words) {
  return address ? el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, words ?? address) : words ?? "";
}

/** Bytes as people say them. */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

export const find = (id) => document.getElementById(id);
