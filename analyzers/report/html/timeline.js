"use strict";
// The run in time: a lane for each process with the programs it executed, its connects, and its
// findings as points that lead to their rows.
const kLanes = 200;
const timeline = { zoom: 1, lanes: kLanes, box: el("div", { class: "lanes", tabindex: "0", role: "region", "aria-label": "Time line" }) };

const percent = (seconds) => `${(100 * seconds) / data.timeline.duration}%`;

function ticks() {
  const wanted = 6 * timeline.zoom, rough = data.timeline.duration / wanted;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * [1, 2, 5, 10].find((factor) => factor * unit >= rough);
  const marks = [];
  for (let at = 0; at <= data.timeline.duration && marks.length < 500; at += step) {
    marks.push(el("span", { class: "tick", style: `left:${percent(at)}` }, timeText(at)));
  }
  return marks;
}

function spanOf([start, length, label, end], className) {
  const title = `${text(label)}\n${timeText(start)} to ${timeText(start + length)} (${timeText(length)})\n${text(end)}`;
  return el("span", { class: `span ${className}`, style: `left:${percent(start)};width:${percent(length)}`, title }, className ? "" : text(label));
}

function markOf(row) {
  return el("button", { type: "button", class: `mark ${levels[row.level]}`, style: `left:${percent(row.at)}`,
    "aria-label": `${levels[row.level]} at ${timeText(row.at)}: ${row.message}`, title: row.message, onclick: () => showRow(row) });
}

function laneOf(lane, marks) {
  const track = el("div", { class: "track" }, ...lane.programs.map((span) => spanOf(span, "")),
    ...lane.connects.map((span) => spanOf(span, `connect ${["quick", "", "failed"][span[4]]}`)), ...marks.map(markOf));
  return el("div", { class: "lane" }, el("span", { class: "label", title: text(lane.name) }, text(lane.name)), track);
}

function drawTimeline() {
  const marks = new Map();
  for (const row of rows) {
    const list = marks.get(row.pid) || [];
    if (list.length < 1000) list.push(row);
    marks.set(row.pid, list);
  }
  const lanes = data.timeline.lanes.slice(0, timeline.lanes);
  const width = timeline.zoom === 1 ? null : `width:calc(190px + (100% - 190px) * ${timeline.zoom})`;
  const inner = el("div", { style: width }, el("div", { class: "lane axis" }, el("span", { class: "label" }, "Process"), el("div", { class: "track" }, ...ticks())),
    ...lanes.map((lane) => laneOf(lane, marks.get(lane.pid) || [])));
  timeline.box.replaceChildren(inner);
  const left = data.timeline.lanes.length - lanes.length;
  timeline.more.classList.toggle("hidden", left === 0);
  timeline.more.textContent = `Show ${plural(Math.min(left, kLanes), "more process", "more processes")}`;
}

function zoomBy(factor) {
  const box = timeline.box, middle = (box.scrollLeft + box.clientWidth / 2) / box.scrollWidth;
  timeline.zoom = Math.min(256, Math.max(1, timeline.zoom * factor));
  drawTimeline();
  box.scrollLeft = middle * box.scrollWidth - box.clientWidth / 2;
}

function timelineView() {
  const button = (label, title, action) => el("button", { type: "button", title, "aria-label": title, onclick: action }, label);
  timeline.more = button("", "Show more processes", () => { timeline.lanes += kLanes; drawTimeline(); });
  const legend = el("span", { class: "legend" }, el("span", null, el("i"), "program"), el("span", null, el("i", { class: "quick" }), "connect"), el("span", null, el("i", { class: "connect" }), "slow connect"),
    el("span", null, el("i", { class: "failed" }), "failed slow connect"), el("span", null, el("i", { class: "dot" }), "finding"));
  const count = data.timeline.dropped ? `${plural(data.timeline.dropped, "part", "parts")} of a long run not drawn` : "";
  drawTimeline();
  return el("div", null, el("div", { class: "toolbar" }, button("+", "Zoom in", () => zoomBy(2)), button("\u2212", "Zoom out", () => zoomBy(0.5)),
    legend, el("span", { class: "count" }, count)), timeline.box, el("div", { class: "toolbar" }, timeline.more));
}
