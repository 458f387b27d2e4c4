"use strict";
// Files, and in each its symbols, with the number of findings that the rest of the filter leaves
// there: choosing one narrows the table.
const kTreeEntries = 60;
const tree = { list: el("ul"), open: new Set(), all: false };

function choosePlace(file, symbol) {
  const same = filter.file === file && filter.symbol === symbol;
  filter.file = same ? "" : file;
  filter.symbol = same ? null : symbol;
  refresh();
}

// [name, number of findings, number by symbol], most findings first.
function countPlaces() {
  const files = new Map();
  for (const row of rows) {
    if (!matches(row, true)) continue;
    const file = files.get(row.file) || { count: 0, symbols: new Map() };
    file.count += 1;
    file.symbols.set(row.symbol, (file.symbols.get(row.symbol) || 0) + 1);
    files.set(row.file, file);
  }
  return [...files].sort((a, b) => b[1].count - a[1].count || (a[0] < b[0] ? -1 : 1));
}

function entry(label, title, count, on, choose, fold) {
  return el("div", { class: on ? "entry on" : "entry" }, fold || el("span", { class: "fold" }),
    el("button", { type: "button", class: "name", title, "aria-pressed": String(on), onclick: choose }, label),
    el("span", { class: "n" }, number.format(count)));
}

function fileEntry([file, { count, symbols }]) {
  const open = tree.open.has(file) || filter.file === file;
  const fold = el("button", { type: "button", class: "fold", "aria-expanded": String(open), "aria-label": `Symbols of ${file}`, onclick: () => {
    if (!tree.open.delete(file)) tree.open.add(file);
    drawTree();
  } }, open ? "\u25be" : "\u25b8");
  const on = filter.file === file;
  const item = el("li", null, entry(baseName(file) || "no file", file, count, on && filter.symbol === null, () => choosePlace(file, null), fold));
  if (open) {
    const sorted = [...symbols].sort((a, b) => b[1] - a[1]);
    item.append(el("ul", null, ...sorted.slice(0, 200).map(([symbol, times]) => el("li", null,
      entry(symbol || "no symbol", symbol, times, on && filter.symbol === symbol, () => choosePlace(file, symbol))))));
  }
  return item;
}

function drawTree() {
  const focused = document.activeElement && tree.list.contains(document.activeElement) ? document.activeElement.title : null;
  const places = countPlaces();
  const shown = tree.all ? places : places.slice(0, kTreeEntries);
  tree.list.replaceChildren(...shown.map(fileEntry));
  if (shown.length < places.length) {
    tree.list.append(el("li", null, el("button", { type: "button", class: "more", onclick: () => { tree.all = true; drawTree(); } },
      `${plural(places.length - shown.length, "more file", "more files")}`)));
  }
  if (focused !== null) {
    const again = [...tree.list.querySelectorAll(".name")].find((button) => button.title === focused);
    if (again) again.focus();
  }
}

function treeView() {
  const wide = window.matchMedia("(min-width: 901px)").matches;
  return el("details", { class: "tree", open: wide }, el("summary", null, `${data.labels.files} and symbols`), tree.list);
}
