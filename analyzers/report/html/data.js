"use strict";
// The report's data, and how the rest of the page builds what is seen. Strings of a target become
// text nodes and attributes, never markup.
const data = JSON.parse(document.getElementById("data").textContent);
const text = (index) => data.strings[index];
const levels = ["error", "warning", "note"];
const kRow = { kind: 0, level: 1, message: 2, who: 3, file: 4, symbol: 5, count: 6, at: 7, pid: 8, hint: 9, pairs: 10, stacks: 11, story: 12, group: 13 };

// An element with properties (those that begin with "on" are listeners, all others attributes).
function el(tag, properties, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(properties || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

const number = new Intl.NumberFormat("en");
const baseName = (path) => path.slice(path.lastIndexOf("/") + 1) || path;
const folder = (path) => path.slice(0, path.lastIndexOf("/") + 1);
const plural = (count, one, many) => `${number.format(count)} ${count === 1 ? one : many}`;

function timeText(seconds) {
  if (seconds < 0) return "";
  if (seconds < 1) return `${+(seconds * 1000).toPrecision(3)} ms`;
  return `${+seconds.toPrecision(4)} s`;
}

const rows = data.rows.map((cells, index) => ({
  index,
  kind: data.kinds[cells[kRow.kind]][0],
  level: cells[kRow.level],
  message: text(cells[kRow.message]),
  who: text(cells[kRow.who]),
  file: text(cells[kRow.file]),
  symbol: text(cells[kRow.symbol]),
  group: text(cells[kRow.group]),
  count: cells[kRow.count],
  at: cells[kRow.at],
  pid: cells[kRow.pid],
  cells,
}));
for (const row of rows) {
  row.haystack = `${row.message}\n${row.kind}\n${row.who}\n${row.file}\n${row.symbol}\n${row.group}`.toLowerCase();
}
