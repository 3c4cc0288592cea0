// What differs between two texts, line by line (Myers' algorithm), and the lines around it.

const MOST_STEPS = 1500; // texts that differ more are shown as replaced: nobody reads such a comparison line by line
const AROUND = 3;

/** The lines of a text; a last line without an end counts like one with it. */
function linesOf(text) {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function ends(a, b) {
  const most = Math.min(a.length, b.length);
  let [start, end] = [0, 0];
  while (start < most && a[start] === b[start]) start += 1;
  while (end < most - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  return [start, end];
}

/** The furthest points of each step, until the end is reached; null when it takes too many steps. */
function furthest(a, b) {
  const offset = MOST_STEPS + 1;
  const reach = new Int32Array(2 * offset + 1);
  const history = [];
  for (let steps = 0; steps <= Math.min(a.length + b.length, MOST_STEPS); steps += 1) {
    history.push(reach.slice(offset - steps - 1, offset + steps + 2));
    for (let k = -steps; k <= steps; k += 2) {
      const isDown = k === -steps || (k !== steps && reach[offset + k - 1] < reach[offset + k + 1]);
      let x = isDown ? reach[offset + k + 1] : reach[offset + k - 1] + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1;
      reach[offset + k] = x;
      if (x >= a.length && x - k >= b.length) return history;
    }
  }
  return null;
}

/** Walk back from the end: each step removed a line of `a` or added one of `b`. */
function walkBack(a, b, history) {
  const changes = [];
  let [x, y] = [a.length, b.length];
  for (let steps = history.length - 1; steps >= 0; steps -= 1) {
    const reach = history[steps];
    const at = (k) => reach[k + steps + 1];
    const k = x - y;
    const isDown = k === -steps || (k !== steps && at(k - 1) < at(k + 1));
    const before = isDown ? k + 1 : k - 1;
    const fromX = steps === 0 ? 0 : at(before);
    const fromY = steps === 0 ? 0 : fromX - before;
    for (; x > fromX && y > fromY; x -= 1, y -= 1) changes.push({ sign: " ", text: a[x - 1] });
    if (steps > 0) changes.push(isDown ? { sign: "+", text: b[y - 1] } : { sign: "-", text: a[x - 1] });
    [x, y] = [fromX, fromY];
  }
  return changes.reverse();
}

/** Compare two texts: a list of `{sign, text, left, right}`, where sign is " ", "-" or "+" and the numbers are of lines. */
export function compareLines(before, after) {
  const [a, b] = [linesOf(before), linesOf(after)];
  const [start, end] = ends(a, b);
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  const history = furthest(left, right);
  const middle = history ? walkBack(left, right, history)
    : [...left.map((text) => ({ sign: "-", text })), ...right.map((text) => ({ sign: "+", text }))];
  const same = (lines) => lines.map((text) => ({ sign: " ", text }));
  const changes = [...same(a.slice(0, start)), ...middle, ...same(end ? a.slice(-end) : [])];
  let [leftNumber, rightNumber] = [0, 0];
  return changes.map((each) => ({
    ...each,
    left: each.sign === "+" ? null : (leftNumber += 1),
    right: each.sign === "-" ? null : (rightNumber += 1),
  }));
}

/** Only the changes and the lines around them: a list of parts, each a list of lines or the number of lines left out. */
export function excerpt(changes) {
  const isNear = new Uint8Array(changes.length);
  changes.forEach((each, place) => {
    if (each.sign !== " ") isNear.fill(1, Math.max(0, place - AROUND), place + AROUND + 1);
  });
  const parts = [];
  changes.forEach((each, place) => {
    const last = parts.at(-1);
    if (isNear[place]) {
      if (Array.isArray(last)) last.push(each);
      else parts.push([each]);
    } else if (typeof last === "number") parts[parts.length - 1] += 1;
    else parts.push(1);
  });
  return parts;
}
