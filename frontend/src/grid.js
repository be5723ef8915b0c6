// Order lines as a grid of fields: Enter next line, arrows change line, Ctrl D repeats from above, an empty last line is always ready.
import { $, $$, on } from "./dom.js";

const FIELDS = "input:not([type=hidden]), select, textarea";
const narrow = matchMedia("(max-width: 767px)");
const spare = (line) => narrow.matches && line.classList.contains("only-d"); // Empty lines a phone keeps back until they are needed.
const linesOf = (grid) => $$("tbody tr[data-line]", grid).filter((line) => !spare(line));
const cellsOf = (line) => $$(FIELDS, line);
const filled = (line) => cellsOf(line).some((field) => field.value !== (field.dataset.standing ?? "") && !(field.tagName === "SELECT" && field.selectedIndex <= 0));

/** Adds a line, one that was kept back or one from the grid's template, and returns it. */
function add(grid) {
  const kept = $$("tbody tr[data-line]", grid).find(spare);
  if (kept) {
    kept.classList.remove("only-d");
    return kept;
  }
  const template = $("template[data-line-template]", grid);
  if (!template) return null;
  const number = Math.max(-1, ...linesOf(grid).map((line) => Number(line.dataset.line))) + 1;
  const holder = document.createElement("tbody");
  holder.innerHTML = template.innerHTML.replaceAll("__n__", number);
  const line = holder.firstElementChild;
  $("tbody", grid).append(line);
  window.htmx.process(line);
  return line;
}

function ready(grid) {
  const lines = linesOf(grid);
  if (!lines.length || filled(lines.at(-1))) add(grid);
}

const changed = (field) => ["input", "change"].forEach((name) => field.dispatchEvent(new Event(name, { bubbles: true })));

function repeat(above, below, column) {
  const from = cellsOf(above);
  const into = cellsOf(below);
  const columns = filled(below) ? [column] : from.keys();
  for (const at of columns) {
    if (!into[at] || into[at].readOnly) continue;
    into[at].value = from[at].value;
    const hidden = (field) => document.getElementById(field.dataset.into);
    if (hidden(into[at])) hidden(into[at]).value = hidden(from[at])?.value ?? "";
    changed(into[at]);
  }
}

on("input", "[data-grid]", (_event, grid) => ready(grid));
on("click", "[data-grid-add]", (_event, button) => {
  const grid = document.getElementById(button.dataset.gridAdd);
  const last = linesOf(grid).at(-1);
  cellsOf(last && !filled(last) ? last : add(grid))[0]?.focus();
});
on("click", "[data-grid-remove]", (_event, button) => {
  const grid = button.closest("[data-grid]");
  const line = button.closest("tr[data-line]");
  const next = line.nextElementSibling ?? line.previousElementSibling;
  line.remove();
  ready(grid);
  cellsOf(next ?? linesOf(grid)[0])[0]?.focus();
  changed($(FIELDS, grid));
});
on("keydown", "[data-grid]", (event, grid) => {
  if (event.isComposing || event.keyCode === 229) return;
  const line = event.target.closest("tr[data-line]");
  if (!line || event.defaultPrevented) return;
  const lines = linesOf(grid);
  const at = lines.indexOf(line);
  const column = cellsOf(line).indexOf(event.target);
  const land = (other) => {
    const field = other && cellsOf(other)[column];
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.select?.();
  };
  if (event.key === "Enter" && !event.ctrlKey && !event.altKey && event.target.matches("input, select")) {
    event.preventDefault();
    land(lines[at + 1] ?? (filled(line) ? add(grid) : null));
  } else if (event.key === "d" && event.ctrlKey && at > 0) {
    event.preventDefault();
    repeat(lines[at - 1], line, column);
  } else if (event.target.tagName !== "SELECT" && !event.altKey && !event.shiftKey) {
    if (event.key === "ArrowDown") land(lines[at + 1]);
    if (event.key === "ArrowUp") land(lines[at - 1]);
  }
});

$$("[data-grid]").forEach(ready);
