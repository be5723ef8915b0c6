// Lists: the current row, choosing rows across pages, the dark foot while rows are chosen. Works on table[data-resource].
import { $, $$, calm, isField, on, say, visible } from "./dom.js";
import { openCell } from "./cells.js";
import { openDrawer } from "./drawer.js";

const tableOf = () => $$("table[data-resource]").find(visible);
const chosenOf = () => tableOf() ?? $(".listwrap table[data-resource]"); // a phone shows its rows as cards
const rowsOf = (table) => $$("tbody tr[data-id]", table);
const currentOf = (table) => $("tbody tr.cur", table);
const pickOf = (row) => $("[data-pick]", row);

// ---------- choosing ----------

const store = (table) => `picks:${table.dataset.resource}`;
const load = (table) => new Set(JSON.parse(sessionStorage.getItem(store(table)) ?? "[]"));
const save = (table, picks) => sessionStorage.setItem(store(table), JSON.stringify([...picks]));

/** Shows what is chosen: rows, the head's box, the foot, and hidden fields for rows of other pages. */
function paint(table) {
  const picks = load(table);
  const rows = rowsOf(table).filter(pickOf);
  for (const row of rows) {
    const chosen = picks.has(row.dataset.id);
    pickOf(row).checked = chosen;
    if (chosen) row.setAttribute("aria-selected", "true");
    else row.removeAttribute("aria-selected");
  }
  const here = rows.filter((row) => picks.has(row.dataset.id)).length;
  const head = $("[data-pick-page]", table);
  if (head) {
    head.checked = here > 0 && here === rows.length;
    head.indeterminate = here > 0 && here < rows.length;
  }
  paintCards(table, picks);
  const form = document.getElementById("batch");
  if (form) {
    const shown = new Set(rows.map((row) => row.dataset.id));
    $$("input[data-elsewhere]", form).forEach((field) => field.remove());
    for (const id of picks) {
      if (shown.has(id)) continue;
      const field = Object.assign(document.createElement("input"), { type: "hidden", name: "id", value: id });
      field.dataset.elsewhere = "";
      form.append(field);
    }
  }
  const foot = $("[data-batch]");
  if (!foot) return;
  foot.classList.toggle("sel", picks.size > 0);
  const words = $("[data-picked]", foot);
  if (words) words.textContent = picks.size ? say(picks.size === 1 ? "picked_one" : "picked", { n: picks.size }) : "";
  const all = $("[data-pick-all]", foot);
  if (all && picks.size === 0) all.checked = false;
  fold(foot);
}

/** Puts what can be done and does not fit beside the pages under 更多. */
function fold(foot) {
  const menu = $("[data-more]", foot);
  if (!menu) return;
  const folded = $(".pop", menu);
  menu.before(...folded.children);
  menu.hidden = true;
  for (let last; foot.scrollWidth > foot.clientWidth && (last = menu.previousElementSibling); ) {
    menu.hidden = false;
    folded.prepend(last);
  }
}
addEventListener("resize", calm(() => $$("[data-batch].sel").forEach(fold), 100));

function pick(table, rows, chosen) {
  const picks = load(table);
  rows.forEach((row) => (chosen ? picks.add(row.dataset.id) : picks.delete(row.dataset.id)));
  save(table, picks);
  paint(table);
}

export function clearPicks() {
  const table = chosenOf();
  if (!table || load(table).size === 0) return false;
  save(table, []);
  pressedOf(table)?.setAttribute("aria-pressed", "false");
  paint(table);
  return true;
}

let anchor;
on("click", "[data-pick]", (event, box) => {
  const table = box.closest("table");
  const row = box.closest("tr");
  const rows = rowsOf(table);
  const range = event.shiftKey && anchor?.isConnected ? [rows.indexOf(anchor), rows.indexOf(row)].sort((a, b) => a - b) : null;
  pick(table, range ? rows.slice(range[0], range[1] + 1) : [row], box.checked);
  anchor = row;
});
on("change", "[data-pick-page]", (_event, box) => pick(box.closest("table"), rowsOf(box.closest("table")), box.checked));
on("click", "[data-clear-picks]", () => clearPicks());
on("submit", "#batch", () => {
  const table = chosenOf();
  if (table) queueMicrotask(() => save(table, []));
});

// ---------- choosing on a phone: its cards stand for the rows of the table that is hidden there ----------

const pressedOf = (table) => $("[data-pick-cards]", table.closest(".listwrap") ?? table);

function paintCards(table, picks) {
  const button = pressedOf(table);
  if (!button) return;
  const picking = picks.size > 0 || button.getAttribute("aria-pressed") === "true";
  button.disabled = false;
  button.setAttribute("aria-pressed", String(picking));
  for (const card of $$(".mc[data-id]", table.closest(".listwrap"))) {
    if (picking) {
      card.setAttribute("role", "checkbox");
      card.setAttribute("aria-checked", String(picks.has(card.dataset.id)));
    } else ["role", "aria-checked"].forEach((name) => card.removeAttribute(name));
  }
}

function pickCard(event, card) {
  event.preventDefault();
  const table = chosenOf();
  pick(table, rowsOf(table).filter((row) => row.dataset.id === card.dataset.id), card.getAttribute("aria-checked") !== "true");
}

on("click", "[data-pick-cards]", (_event, button) => {
  button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
  paintCards(chosenOf(), load(chosenOf()));
});
on("click", ".mc[aria-checked]", pickCard);
on("keydown", ".mc[aria-checked]", (event, card) => {
  if (event.isComposing || event.keyCode === 229) return;
  if (event.key === " ") pickCard(event, card);
});
on("contextmenu", ".mc[data-id]", (event, card) => event.pointerType === "touch" && pickCard(event, card)); // a long press

// ---------- the current row ----------

function go(table, row, focus = true) {
  currentOf(table)?.classList.remove("cur");
  row.classList.add("cur");
  if (!focus) return;
  row.tabIndex = -1;
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

on("focusin", "table[data-resource] tbody tr[data-id]", (_event, row) => go(row.closest("table"), row, false));
let previewing;
on("click", "table[data-resource] tr[data-preview]", (event, row) => {
  clearTimeout(previewing); // the second click of two changes the cell instead
  if (event.detail > 1 || event.target.closest("a, button, input, select, label, summary, form") || getSelection()?.toString()) return;
  const pause = event.target.closest("[data-cell]") ? 300 : 0;
  previewing = setTimeout(() => openDrawer(row.dataset.preview, $("a", row)), pause);
});

const press = (selector, root = document) => {
  const element = $$(selector, root).find(visible);
  if (!element || element.getAttribute("aria-disabled") === "true") return false;
  element.click();
  return true;
};

/** Answers a key of the list; true when it was one. */
export function listKey(event) {
  const table = tableOf();
  if (!table || isField(event.target) || event.ctrlKey || event.metaKey || event.altKey) return false;
  const rows = rowsOf(table);
  const row = currentOf(table);
  const inside = !event.target.closest("a, button, summary, input") || event.target.closest("table") === table;
  const letters = !("noLetters" in document.body.dataset);
  const step = { ArrowDown: 1, ArrowUp: -1, ...(letters && { j: 1, k: -1 }) }[event.key];
  if (step && inside && rows.length) {
    const next = rows[Math.min(rows.length - 1, Math.max(0, row ? rows.indexOf(row) + step : 0))];
    if (event.shiftKey) pick(table, [row, next].filter(Boolean), true);
    go(table, next);
    if ("follow" in table.dataset && next !== row && !event.shiftKey) press("a.name", next); // a pane shows the row
    return true;
  }
  if (event.key === " " && row && document.activeElement === row) {
    pick(table, [row], !load(table).has(row.dataset.id));
    anchor = row;
    return true;
  }
  if (event.key === "Enter" && row && document.activeElement === row) return press("a.name, a[href]", row);
  if (!letters) return false;
  if (event.key === "o" && row?.dataset.preview) return openDrawer(row.dataset.preview, row), true;
  if (event.key === "e" && row && $("td[data-cell]", row)) return openCell($("td[data-cell]", row)), true;
  if (event.key === "[" || event.key === "]") return press(`[data-page=${event.key === "[" ? "prev" : "next"}]`);
  if (event.key === "f" && $("[data-filter]")) return $("[data-filter]").focus(), true;
  if (event.key === "v" && $(".tabs a[aria-current]")) {
    const views = $$(".tabs a[href]");
    views[(views.findIndex((view) => view.hasAttribute("aria-current")) + 1) % views.length].click();
    return true;
  }
  return false;
}

/** What was refused leaves its rows chosen. */
function choose() {
  const kept = $("#batch[data-chosen]");
  const table = chosenOf();
  if (!kept || !table) return;
  save(table, kept.dataset.chosen.split(","));
  delete kept.dataset.chosen;
}

choose();
const paintAll = () => $$("table[data-resource]").filter((table) => $("[data-pick]", table)).forEach(paint);
paintAll();
document.addEventListener("htmx:afterSettle", paintAll);
document.addEventListener("rows:changed", paintAll);
