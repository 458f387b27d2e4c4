"use strict";
// Which library taints which program: calls that fail, the libraries that make them, and the
// programs that reach them there, each list with those of most programs first. Choosing one narrows
// the other lists to what is connected to it.
const kNodes = 25;
const graph = { parts: ["symbol", "library", "program"], titles: ["Call that fails", "made by the library", "reached by the program"], chosen: {}, search: "", box: el("div", { class: "graph" }) };

const taints = (data.taints || []).map(([symbol, library, program, level]) => ({ symbol: text(symbol), library: text(library), program: text(program), level }));

const isConnected = (taint, except) => graph.parts.every((part) => part === except || !graph.chosen[part] || taint[part] === graph.chosen[part]);

// The nodes of one list: [name, number of programs, worst level], of what the choices leave.
function nodesOf(part) {
  const nodes = new Map();
  for (const taint of taints) {
    if (!isConnected(taint, part) || (part === "program" && !taint.program.toLowerCase().includes(graph.search))) continue;
    const node = nodes.get(taint[part]) || { programs: new Set(), level: 2 };
    node.programs.add(taint.program);
    node.level = Math.min(node.level, taint.level);
    nodes.set(taint[part], node);
  }
  const chosen = graph.chosen[part];
  return [...nodes].map(([name, node]) => [name, node.programs.size, node.level])
    .sort((a, b) => (b[0] === chosen) - (a[0] === chosen) || b[1] - a[1] || a[2] - b[2] || (a[0] < b[0] ? -1 : 1));
}

function choose(part, name) {
  graph.chosen[part] = graph.chosen[part] === name ? "" : name;
  drawGraph();
  const again = [...graph.box.querySelectorAll(".node")].find((node) => node.dataset.name === name && node.dataset.part === part);
  if (again) again.focus();
}

function columnOf(part, title) {
  const nodes = nodesOf(part), shown = nodes.slice(0, kNodes);
  return el("div", { class: "column" }, el("h2", null, `${title} (${number.format(nodes.length)})`),
    ...shown.map(([name, programs, level]) => el("button", {
      type: "button", class: `node ${levels[level]}`, title: name, "data-part": part, "data-name": name,
      "aria-pressed": String(graph.chosen[part] === name), onclick: () => choose(part, name),
    }, el("span", { class: "name" }, part === "symbol" ? `${name}()` : baseName(name)),
    part === "program" ? null : el("span", { class: "n", title: "programs" }, number.format(programs)))),
    nodes.length > shown.length ? el("div", { class: "rest" }, `and ${number.format(nodes.length - shown.length)} more: choose one on the left, or filter`) : null);
}

function drawLines() {
  const old = graph.box.querySelector("svg");
  if (old) old.remove();
  const nodes = new Map([...graph.box.querySelectorAll(".node")].map((node) => [`${node.dataset.part}\n${node.dataset.name}`, node.getBoundingClientRect()]));
  const origin = graph.box.getBoundingClientRect(), drawn = new Set();
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const line = (from, to) => {
    const a = nodes.get(from), b = nodes.get(to);
    if (!a || !b || drawn.has(`${from}\n${to}`)) return;
    drawn.add(`${from}\n${to}`);
    const [x1, y1, x2, y2] = [a.right - origin.left, a.top + a.height / 2 - origin.top, b.left - origin.left, b.top + b.height / 2 - origin.top];
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", `M${x1},${y1} C${(x1 + x2) / 2},${y1} ${(x1 + x2) / 2},${y2} ${x2},${y2}`);
    svg.append(path);
  };
  for (const taint of taints) {
    if (!isConnected(taint, "")) continue;
    line(`symbol\n${taint.symbol}`, `library\n${taint.library}`);
    line(`library\n${taint.library}`, `program\n${taint.program}`);
  }
  svg.setAttribute("aria-hidden", "true");
  graph.box.append(svg);
}

function drawGraph() {
  const columns = graph.parts.map((part, index) => columnOf(part, graph.titles[index]));
  graph.box.replaceChildren(...columns.flatMap((column, index) => (index ? [el("div", { class: "gap" }), column] : [column])));
  graph.clear.classList.toggle("hidden", !Object.values(graph.chosen).some(Boolean));
  graph.open.classList.toggle("hidden", !graph.chosen.program);
  drawLines();
}

function graphView() {
  const search = el("input", { type: "search", placeholder: "Filter the programs", "aria-label": "Filter the programs" });
  search.addEventListener("input", later(60, () => { graph.search = search.value.toLowerCase(); drawGraph(); }));
  graph.clear = el("button", { type: "button", onclick: () => { graph.chosen = {}; drawGraph(); } }, "Show all");
  graph.open = el("button", { type: "button", onclick: () => findRows(graph.chosen.program) }, "Its findings");
  window.addEventListener("resize", later(100, () => { if (graph.box.isConnected) drawLines(); }));
  return el("div", null, el("div", { class: "toolbar" }, search, graph.clear, graph.open,
    el("span", { class: "count" }, "Numbers are of programs.")), graph.box);
}
