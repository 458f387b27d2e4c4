"use strict";
// Other tables of the report, such as an audit's packages: filtered by words, sorted by any column.
const kPlainRows = 500;

function plainView(source) {
  const state = { words: [], column: -1, descending: false };
  const head = el("tr"), body = el("tbody"), count = el("span", { class: "count", role: "status" });
  const isNumber = source.columns.map((_, index) => source.rows.length > 0 && typeof source.rows[0][index] === "number");
  const haystacks = new Map(source.rows.map((row) => [row, row.join("\n").toLowerCase()]));

  function draw() {
    let list = source.rows.filter((row) => state.words.every((word) => haystacks.get(row).includes(word)));
    const { column } = state, sign = state.descending ? -1 : 1;
    if (column >= 0) list = list.slice().sort((a, b) => (a[column] < b[column] ? -sign : a[column] > b[column] ? sign : 0));
    body.replaceChildren(...list.slice(0, kPlainRows).map((row) => el("tr", null,
      ...row.map((cell, index) => el("td", { class: isNumber[index] ? "num" : `verdict-${String(cell).replace(" ", "-")}` }, isNumber[index] ? number.format(cell) : cell)))));
    head.replaceChildren(...source.columns.map((title, index) => el("th", {
      scope: "col", class: isNumber[index] ? "num" : null, "aria-sort": column === index ? (state.descending ? "descending" : "ascending") : null,
    }, el("button", { type: "button", onclick: () => {
      // Numbers are most interesting where they are largest.
      state.descending = column === index ? !state.descending : isNumber[index];
      state.column = index;
      draw();
      head.children[index].firstChild.focus();
    } }, title))));
    const more = list.length > kPlainRows ? `, the first ${number.format(kPlainRows)} shown` : "";
    count.textContent = `${number.format(list.length)} of ${number.format(source.rows.length)}${more}`;
  }

  const search = el("input", { type: "search", placeholder: "Filter by any words", "aria-label": `Filter ${source.title}` });
  search.addEventListener("input", later(60, () => {
    state.words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    draw();
  }));
  draw();
  return el("div", null, el("div", { class: "toolbar" }, search, count),
    el("div", { class: "plain", tabindex: "0", role: "region", "aria-label": source.title }, el("table", null, el("thead", null, head), body)));
}
