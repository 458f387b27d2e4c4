"use strict";
// The head of the page, its views and the theme.
const views = new Map();

function showTab(name) {
  for (const [key, { tab, panel, draw }] of views) {
    const on = key === name;
    tab.setAttribute("aria-selected", String(on));
    tab.tabIndex = on ? 0 : -1;
    panel.hidden = !on;
    if (on && panel.childElementCount === 0) panel.append(draw());
    if (on && views.get(key).shown) views.get(key).shown();
  }
}

function addView(name, title, draw, shown) {
  const tab = el("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": name, onclick: () => showTab(name) }, title);
  const panel = el("section", { id: name, role: "tabpanel", "aria-labelledby": `tab-${name}` });
  document.getElementById("tabs").append(tab);
  document.getElementById("views").append(panel);
  views.set(name, { tab, panel, draw, shown });
}

// Left and Right go from view to view, as in any list of tabs.
document.getElementById("tabs").addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const names = [...views.keys()];
  const at = names.findIndex((name) => views.get(name).tab === event.target);
  const next = names[(at + step + names.length) % names.length];
  showTab(next);
  views.get(next).tab.focus();
  event.preventDefault();
});

function drawTiles() {
  const names = ["Errors", "Warnings", "Notes"];
  document.getElementById("tiles").replaceChildren(...levels.map((level, index) => {
    const count = rows.filter((row) => row.level === index).length;
    return el("button", { type: "button", class: `tile ${level}`, "data-zero": count === 0, "aria-pressed": String(filter.levels.has(index)), onclick: () => {
      if (!filter.levels.delete(index)) filter.levels.add(index);
      drawTiles();
      document.getElementById("tiles").children[index].focus();
      showTab("findings");
      refresh();
    } }, el("b", null, number.format(count)), el("span", null, names[index]));
  }));
}

const dark = window.matchMedia("(prefers-color-scheme: dark)");
let theme = "";
function drawTheme() {
  const now = theme || (dark.matches ? "dark" : "light");
  document.documentElement.dataset.theme = now;
  document.getElementById("theme").textContent = now === "dark" ? "Light" : "Dark";
  document.getElementById("theme").setAttribute("aria-label", now === "dark" ? "Switch to light colours" : "Switch to dark colours");
}
dark.addEventListener("change", drawTheme);
document.getElementById("theme").addEventListener("click", () => {
  theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  drawTheme();
});

function start() {
  drawTheme();
  document.title = `${data.title} \u2013 ttrace`;
  document.getElementById("title").textContent = data.title;
  document.getElementById("version").textContent = `${data.version} \u00b7 ${data.subject}`;
  document.getElementById("verdict").textContent = data.verdict;
  document.getElementById("facts").append(...data.facts.flatMap(([label, value]) => [el("dt", null, label), el("dd", null, value)]));
  document.getElementById("limits").append(...data.limits.map((limit) => el("li", null, limit)));
  addView("findings", "Findings", findingsView);
  if (data.timeline) addView("timeline", "Time line", timelineView);
  if (taints.length) addView("graph", "Libraries", graphView, drawGraph);
  for (const source of data.tables || []) addView(source.id, source.title, () => plainView(source));
  drawTiles();
  showTab("findings");
  refresh();
}
start();

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.matches("input, select")) return;
  showTab("findings");
  table.search.focus();
  event.preventDefault();
});
