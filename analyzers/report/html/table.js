"use strict";
// The findings: a filter by words, level, kind, file and symbol; a table in pages, sorted by any
// column; each row opens to what to do, the facts and the stacks.
const kPage = 100;
const filter = { words: [], levels: new Set(), kind: "", file: "", symbol: null };
const view = { shown: rows, page: 0, sort: data.kind === "run" ? "" : "level", descending: false, open: new Set() };

const columns = [
  { key: "level", title: "Finding", order: (row) => row.level },
  { key: "file", title: data.labels.file, order: (row) => `${row.file}\n${row.symbol}` },
  { key: "who", title: data.labels.who, order: (row) => row.who },
  { key: "count", title: "Times", order: (row) => row.count, numeric: true, skip: data.kind !== "run" },
  { key: "at", title: "First at", order: (row) => row.at, numeric: true, skip: data.kind !== "run" },
].filter((column) => !column.skip);

const matches = (row, ignoreFile) =>
  (filter.levels.size === 0 || filter.levels.has(row.level)) &&
  (!filter.kind || row.kind === filter.kind) &&
  (ignoreFile || !filter.file || (row.file === filter.file && (filter.symbol === null || row.symbol === filter.symbol))) &&
  filter.words.every((word) => row.haystack.includes(word));

function sortRows(list) {
  const column = columns.find((candidate) => candidate.key === view.sort);
  if (!column) return list;
  const keys = new Map(list.map((row) => [row, column.order(row)]));
  const sign = view.descending ? -1 : 1;
  return list.slice().sort((a, b) => {
    const x = keys.get(a), y = keys.get(b);
    return x < y ? -sign : x > y ? sign : a.index - b.index;
  });
}

function refresh(keepPage) {
  view.shown = sortRows(rows.filter((row) => matches(row, false)));
  if (!keepPage) view.page = 0;
  drawTable();
  drawTree();
  drawChips();
}

function stackList(stack, mend) {
  return el("ol", { class: "frames" }, ...data.stacks[stack].map((frame, index) => {
    const [what, module, source] = data.frames[frame].map(text);
    return el("li", { class: index === mend ? "mend" : null, title: module },
      el("span", null, what), el("span", { class: "soft" }, baseName(module)), el("span", { class: "soft" }, source));
  }));
}

function pairList(pairs) {
  return el("dl", { class: "pairs" }, ...pairs.flatMap(([label, value]) => [el("dt", null, text(label)), el("dd", null, text(value))]));
}

function storyList(steps) {
  return el("ol", { class: "story" }, ...steps.map(([at, pid, line]) =>
    el("li", null, el("span", { class: "num" }, timeText(at)), el("span", null, `[${pid}] ${text(line)}`))));
}

function detailOf(row) {
  const cells = row.cells, parts = [];
  const section = (title, body) => parts.push(el("h2", null, title), body);
  const hint = text(cells[kRow.hint]);
  if (hint) section("What to do", el("p", { class: "advice" }, hint));
  const [, summary] = data.kinds[cells[kRow.kind]];
  if (summary) section("What this kind of finding means", el("p", { class: "soft" }, summary));
  if (cells[kRow.pairs].length) section("Facts", pairList(cells[kRow.pairs]));
  for (const [title, stack, mend] of cells[kRow.stacks]) section(text(title), stackList(stack, mend));
  if (cells[kRow.story].length) section("What happened", storyList(cells[kRow.story]));
  return el("tr", { class: "detail", id: `detail-${row.index}` }, el("td", { colspan: columns.length }, ...parts));
}

function place(path, symbol, className) {
  return el("td", { class: className, title: path }, el("code", null, symbol || baseName(path)),
    el("span", { class: "soft" }, symbol ? baseName(path) : folder(path)));
}

function rowOf(row) {
  const open = view.open.has(row.index);
  const opener = el("button", { type: "button", class: "open-row", "aria-expanded": String(open), "data-row": row.index },
    el("span", { class: `level ${levels[row.level]}` }, levels[row.level]),
    el("span", null, el("span", { class: "text" }, row.message), el("span", { class: "id" }, row.group ? `${row.kind} in ${row.group}` : row.kind)));
  const cells = {
    level: el("td", { class: "what" }, opener),
    file: place(row.file, row.symbol, "where"),
    who: place(row.who, "", "who"),
    count: el("td", { class: "num" }, row.count === 1 ? "" : `${number.format(row.count)} \u00d7`),
    at: el("td", { class: "num at" }, timeText(row.at)),
  };
  return el("tr", { class: open ? "row open" : "row", onclick: (event) => toggle(row, event.currentTarget) },
    ...columns.map((column) => cells[column.key]));
}

function toggle(row, line) {
  const open = !view.open.has(row.index);
  if (open) {
    view.open.add(row.index);
    line.after(detailOf(row));
  } else {
    view.open.delete(row.index);
    line.nextElementSibling.remove();
  }
  line.classList.toggle("open", open);
  line.querySelector(".open-row").setAttribute("aria-expanded", String(open));
}

// Up and Down go from row to row; Enter and Space open one, as on any button.
function moveFocus(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !event.target.classList.contains("open-row")) return;
  const openers = [...table.body.querySelectorAll(".open-row")];
  const next = openers[openers.indexOf(event.target) + step];
  if (next) next.focus();
  event.preventDefault();
}

const table = {
  head: el("tr"),
  body: el("tbody", { onkeydown: moveFocus }),
  pager: el("nav", { class: "pager", "aria-label": "Pages" }),
  count: el("span", { class: "count", role: "status" }),
  chips: el("span", { class: "chips" }),
};

function drawHead() {
  table.head.replaceChildren(...columns.map((column) => {
    const sorted = view.sort === column.key ? (view.descending ? "descending" : "ascending") : null;
    return el("th", { class: column.numeric ? `num ${column.key}` : column.key, "aria-sort": sorted, scope: "col" },
      el("button", { type: "button", onclick: () => sortBy(column.key) }, column.title));
  }));
}

function sortBy(key) {
  view.descending = view.sort === key && !view.descending;
  view.sort = key;
  refresh();
  table.head.querySelector("[aria-sort] button").focus();
}

function drawTable() {
  const first = view.page * kPage;
  const lines = view.shown.slice(first, first + kPage).flatMap((row) =>
    view.open.has(row.index) ? [rowOf(row), detailOf(row)] : [rowOf(row)]);
  const nothing = rows.length ? "Nothing matches the filter." : "There are no findings.";
  table.body.replaceChildren(...(lines.length ? lines : [el("tr", null, el("td", { colspan: columns.length, class: "empty" }, nothing))]));
  drawHead();
  drawPager();
  table.count.textContent = view.shown.length === rows.length ? plural(rows.length, "finding", "findings")
    : `${number.format(view.shown.length)} of ${plural(rows.length, "finding", "findings")}`;
}

function drawPager() {
  const pages = Math.ceil(view.shown.length / kPage);
  table.pager.classList.toggle("hidden", pages < 2);
  const step = (by, title) => el("button", { type: "button", disabled: view.page + by < 0 || view.page + by >= pages, onclick: () => goTo(view.page + by) }, title);
  const last = Math.min((view.page + 1) * kPage, view.shown.length);
  table.pager.replaceChildren(step(-1, "Previous"),
    el("span", null, `${number.format(view.page * kPage + 1)}\u2013${number.format(last)} of ${number.format(view.shown.length)}`), step(1, "Next"));
}

function goTo(page) {
  view.page = page;
  drawTable();
  table.body.closest(".list").scrollIntoView({ block: "start" });
  const opener = table.body.querySelector(".open-row");
  if (opener) opener.focus({ preventScroll: true });
}

function drawChips() {
  const chip = (label, clear) => el("button", { type: "button", class: "chip", title: "Remove this filter", onclick: clear }, label);
  const chips = [];
  if (filter.file) {
    const where = filter.symbol === null ? baseName(filter.file) : `${filter.symbol || "no symbol"} in ${baseName(filter.file)}`;
    chips.push(chip(where, () => choosePlace("", null)));
  }
  table.chips.replaceChildren(...chips);
}

function clearFilter() {
  Object.assign(filter, { words: [], kind: "", file: "", symbol: null });
  filter.levels.clear();
  table.search.value = table.kinds.value = "";
  drawTiles();
}

// The findings that have these words.
function findRows(words) {
  clearFilter();
  table.search.value = words;
  filter.words = [words.toLowerCase()];
  refresh();
  showTab("findings");
  table.search.focus();
}

function showRow(row) {
  clearFilter();
  view.open.add(row.index);
  refresh();
  view.page = Math.floor(view.shown.indexOf(row) / kPage);
  drawTable();
  showTab("findings");
  const opener = table.body.querySelector(`[data-row="${row.index}"]`);
  opener.focus();
  opener.scrollIntoView({ block: "center" });
}

function later(milliseconds, action) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(action, milliseconds);
  };
}

function findingsView() {
  const search = later(60, () => {
    filter.words = table.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    refresh();
  });
  table.search = el("input", { type: "search", placeholder: "Filter by any words", "aria-label": "Filter by words", oninput: search });
  const present = new Map();
  for (const row of rows) present.set(row.kind, (present.get(row.kind) || 0) + 1);
  table.kinds = el("select", { "aria-label": "Kind of finding", onchange: () => { filter.kind = table.kinds.value; refresh(); } },
    el("option", { value: "" }, "All kinds"),
    ...[...present].sort().map(([kind, count]) => el("option", { value: kind }, `${kind} (${number.format(count)})`)));
  return el("div", null,
    el("div", { class: "toolbar" }, table.search, table.kinds, table.chips, table.count),
    el("div", { class: "split" }, treeView(),
      el("div", { class: "list" }, el("table", null, el("thead", null, table.head), table.body), table.pager)));
}
