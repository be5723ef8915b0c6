// A cell of a list is changed in its place: E or a double click opens it, Enter saves, Esc gives up, Tab goes on to the next.
import { $, $$, on } from "./dom.js";

const kept = new WeakMap(); // what stood in a cell before its field

/** Opens the field of a cell. */
export async function openCell(cell) {
  if (!cell || kept.has(cell)) return;
  const table = cell.closest("table");
  const address = `${table.dataset.cells}/${cell.closest("tr").dataset.id}/cells/${cell.dataset.cell}`;
  const answer = await fetch(`${address}?${new URLSearchParams({ query: table.dataset.query })}`, { headers: { "HX-Request": "true" } });
  if (!answer.ok) return;
  kept.set(cell, [...cell.childNodes]);
  draw(cell, await answer.text());
}

function draw(cell, html) {
  cell.innerHTML = html;
  const field = $("[name=value]", cell);
  field.focus();
  field.select?.();
}

function close(cell) {
  const row = cell.closest("tr");
  cell.replaceChildren(...kept.get(cell));
  kept.delete(cell);
  row.tabIndex = -1;
  row.focus({ preventScroll: true });
}

/** Saves; a refusal keeps the field open with its reason. `then` names the cell that is opened after. */
async function save(form, then) {
  const cell = form.closest("td");
  const row = cell.closest("tr");
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { "HX-Request": "true" } });
  const html = await answer.text();
  if (answer.status === 422) return draw(cell, html);
  if (!answer.ok) return;
  const whole = document.createElement("tbody");
  whole.innerHTML = html;
  const fresh = whole.firstElementChild;
  kept.delete(cell);
  if (!fresh) return row.remove();
  row.replaceWith(fresh);
  document.dispatchEvent(new Event("rows:changed")); // the choice of rows is painted anew
  fresh.classList.add("cur");
  if (then) return openCell($(`[data-cell="${then}"]`, fresh));
  fresh.tabIndex = -1;
  fresh.focus({ preventScroll: true });
}

on("dblclick", "td[data-cell]", (event, cell) => {
  if (event.target.closest("a, button, input, select")) return;
  event.preventDefault();
  openCell(cell);
});
on("submit", "[data-cell-form]", (event, form) => {
  event.preventDefault();
  event.stopPropagation();
  save(form);
}, true);
on("keydown", "[data-cell-form]", (event, form) => {
  if (event.isComposing || event.keyCode === 229) return;
  const cell = form.closest("td");
  if (event.key === "Escape") close(cell);
  else if (event.key === "Enter") save(form);
  else if (event.key === "Tab") {
    const cells = $$("td[data-cell]", cell.closest("tr"));
    const next = cells[cells.indexOf(cell) + (event.shiftKey ? -1 : 1)];
    if (!next) return;
    save(form, next.dataset.cell);
  } else return;
  event.preventDefault();
  event.stopPropagation();
}, true);
