// A text field that looks its value up: after the ARIA pattern "list autocomplete". The server answers <li role="option" data-value>.
import { $, $$, ask, on } from "./dom.js";

let count = 0;
let current; // the field whose list is open
let asked = 0;

const listOf = (field) => document.getElementById(field.getAttribute("aria-controls"));
const optionsOf = (field) => $$("[role=option]:not([aria-disabled=true])", listOf(field));
/** What is looked up: all that stands in the field, where several are divided by commas the last of them. */
const wanted = (field) => (field.closest("[data-chips]") ? field.value.split(/[,，、]/).at(-1) : field.value).trim();
const holderOf = (field) => document.getElementById(field.dataset.into);
const markedOf = (field) => $("[role=option][aria-selected=true]", listOf(field));

/** Gives the field its list and its role, once. */
function prepare(field) {
  if (field.getAttribute("role") === "combobox") return;
  field.setAttribute("role", "combobox"); // first: taking the focus back below asks here again
  const list = Object.assign(document.createElement("ul"), { className: "pop drop", id: `combo-${++count}`, hidden: true });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.getAttribute("aria-label") ?? field.labels?.[0]?.textContent ?? "");
  for (const [name, value] of Object.entries({ "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id, autocomplete: "off" })) {
    field.setAttribute(name, value);
  }
  const box = Object.assign(document.createElement("div"), { className: "combo" });
  const active = document.activeElement === field;
  field.replaceWith(box);
  box.append(field, list);
  if (active) field.focus();
  field.kept = field.value;
  field.keptId = holderOf(field)?.value ?? "";
}

function open(field, shown) {
  const list = listOf(field);
  if (!list) return; // the field went with a part of the page that was replaced
  list.hidden = !shown;
  field.setAttribute("aria-expanded", String(shown));
  if (!shown) field.removeAttribute("aria-activedescendant");
  current = shown ? field : undefined;
}

function mark(field, index) {
  const options = optionsOf(field);
  if (!options.length) return field.removeAttribute("aria-activedescendant");
  const at = (index + options.length) % options.length;
  options.forEach((option, number) => {
    option.id = `${listOf(field).id}-${number}`;
    option.setAttribute("aria-selected", String(number === at));
  });
  field.setAttribute("aria-activedescendant", options[at].id);
  options[at].scrollIntoView({ block: "nearest" });
}

async function find(field) {
  const mine = ++asked;
  const address = new URL(field.dataset.combobox, location.href);
  address.searchParams.set("q", wanted(field));
  const answer = await ask(address).then((response) => response.text(), () => "");
  if (mine !== asked || document.activeElement !== field) return;
  listOf(field).innerHTML = answer;
  open(field, answer.trim() !== "");
  mark(field, 0);
}

function take(field, option) {
  const before = field.value.slice(0, field.value.length - field.value.split(/[,，、]/).at(-1).length);
  field.value = option.dataset.label ?? option.textContent.trim();
  field.kept = field.value;
  field.keptId = option.dataset.value ?? "";
  if (holderOf(field)) holderOf(field).value = field.keptId;
  open(field, false);
  field.dispatchEvent(new Event("change", { bubbles: true }));
  field.dispatchEvent(new CustomEvent("combobox:take", { bubbles: true, detail: { value: option.dataset.value, before, data: { ...option.dataset } } }));
}

const waits = new WeakMap();

on("focusin", "input[data-combobox]", (_event, field) => prepare(field));
if (document.activeElement?.matches("input[data-combobox]")) prepare(document.activeElement); // it had the focus before this script ran
on("input", "input[data-combobox]", (event, field) => {
  if (!event.isTrusted && field.value === field.kept) return;
  if (holderOf(field)) holderOf(field).value = "";
  clearTimeout(waits.get(field));
  const text = wanted(field);
  const enough = /[^\x00-\x7f]/.test(text) ? text.length >= 1 : text.length >= Number(field.dataset.least ?? 2);
  if (!enough) return open(field, false);
  waits.set(field, setTimeout(find, 200, field));
});
on("keydown", "input[data-combobox]", (event, field) => {
  if (event.isComposing || event.keyCode === 229) return;
  const shown = current === field;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && (shown || event.altKey)) {
    event.preventDefault();
    event.stopPropagation();
    if (!shown) return find(field);
    mark(field, optionsOf(field).indexOf(markedOf(field)) + step);
  } else if (shown && (event.key === "Enter" || event.key === "Tab") && markedOf(field)) {
    if (event.key === "Enter") {
      event.preventDefault();
      event.stopPropagation();
    }
    take(field, markedOf(field));
  } else if (event.key === "Escape" && (shown || (field.kept ?? field.value) !== field.value)) {
    event.preventDefault();
    event.stopPropagation();
    clearTimeout(waits.get(field));
    field.value = field.kept;
    if (holderOf(field)) holderOf(field).value = field.keptId;
    open(field, false);
  }
}, true);
on("focusout", "input[data-combobox]", (_event, field) => setTimeout(() => document.activeElement !== field && open(field, false), 120));
on("mousedown", ".drop [role=option]", (event, option) => {
  event.preventDefault();
  const field = $("input[data-combobox]", option.closest(".combo"));
  if (field && option.getAttribute("aria-disabled") !== "true") take(field, option);
});

if (document.activeElement?.matches("input[data-combobox]")) prepare(document.activeElement); // focused before this script ran
