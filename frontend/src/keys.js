// The keyboard. Every action has a key; every key is shown next to its action. Never ours: Ctrl C V X Z A F L T W N R, zoom, Alt arrows, Alt D E F.
import { $, $$, isField, visible } from "./dom.js";
import { closeDrawer, openDrawer } from "./drawer.js";
import { guarded, inDrawer, send } from "./guard.js";
import { clearPicks, listKey } from "./list.js";
import { foldPanel } from "./look.js";
import { typeInto } from "./overlays.js";
import { openPalette } from "./palette.js";

const letters = !("noLetters" in document.body.dataset);
const COMMANDS = { "Alt N": "new", "Ctrl S": "save", "Ctrl Delete": "delete", "Alt Q": "query", "Ctrl P": "print", "Alt I": "info", F1: "help" };
let chord = -Infinity; // when G was pressed

/** Names a key press as it is written beside its action: "Ctrl S", "Alt PgDn", "F9", "l". */
function nameOf(event) {
  const names = { PageUp: "PgUp", PageDown: "PgDn", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc", " ": "Space" };
  const plain = event.code?.startsWith("Key") && (event.altKey || event.ctrlKey) ? event.code.slice(3) : event.key;
  const key = names[plain] ?? (plain.length === 1 && (event.ctrlKey || event.altKey || event.metaKey) ? plain.toUpperCase() : plain);
  const parts = [event.ctrlKey || event.metaKey ? "Ctrl" : "", event.altKey ? "Alt" : "", event.shiftKey && key.length > 1 ? "Shift" : "", key];
  return parts.filter(Boolean).join(" ");
}

/** Presses a panel command; a greyed one takes the focus instead, so that its reason is read. */
function command(name) {
  const element = $$(`[data-cmd=${name}]`).find(visible);
  if (!element) return false;
  const button = element.matches("details") ? $("summary", element) : element;
  if (button.getAttribute("aria-disabled") === "true") {
    if (name === "print" && !button.dataset.refused) return false;
    button.focus();
  } else button.click();
  return true;
}

function pressNamed(name) {
  const element = $$("[data-key]").find((one) => one.dataset.key === name && visible(one));
  if (!element || element.getAttribute("aria-disabled") === "true") return false;
  if (element.matches("input:not([type=submit]), select, textarea, [tabindex='-1'], fieldset")) element.focus();
  else element.click();
  typeInto(element.closest("details[data-menu]")); // before the next key comes
  return true;
}

function withModifier(name) {
  if (name === "Ctrl K") return openPalette(), true;
  if (name === "Ctrl B") return foldPanel();
  if (name === "Ctrl /") return showKeys();
  if (name === "Alt M") return quickPanel();
  if (name === "Ctrl S") return send("save") || inDrawer() || command("save") || Boolean(guarded());
  if (name === "Ctrl Enter") return send("save-next") || send("save");
  if (name in COMMANDS) return command(COMMANDS[name]);
  return pressNamed(name);
}

function quickPanel() {
  const address = document.body.dataset.quick;
  return address ? (openDrawer(address), true) : false;
}

function showKeys() {
  const address = document.body.dataset.keysAddress;
  return address ? (openDrawer(address), true) : false;
}

/** Leaves whatever is open: drawer, panel, choice of rows, or asks to give the form up. */
function escape() {
  if (closeDrawer()) return true;
  if ($(".app.panelopen")) return $(".app.panelopen").classList.remove("panelopen"), true;
  if (clearPicks()) return true;
  const up = $$("[data-key=give-up]").find(visible);
  return up ? (up.click(), true) : false;
}

function letter(event) {
  const key = event.key;
  if (performance.now() - chord < 1500) {
    chord = -Infinity;
    const address = JSON.parse(document.body.dataset.go ?? "{}")[key.toLowerCase()];
    return address ? (location.assign(address), true) : false;
  }
  if (key === "?") return showKeys();
  if (key === "/") {
    const field = $$("[data-filter]").find(visible);
    return field ? (field.focus(), field.select(), true) : (openPalette(), true);
  }
  if (key === "g") return (chord = performance.now()), true;
  if (/^[1-9]$/.test(key)) {
    const group = event.target.closest("[data-digits]");
    const choice = group && $$("input[type=radio], button, a", group.dataset.digits ? $(group.dataset.digits) : group)[Number(key) - 1];
    if (choice) return choice.click(), choice.focus(), true;
    const tab = !group && $$(".rh ~ .tabs a")[Number(key) - 1];
    return tab ? (tab.click(), true) : false;
  }
  if (key === "t") return newTask();
  return pressNamed(key);
}

/** Opens a task for what is in front of the person: selected rows, else the current row, else the record of the page. */
function newTask() {
  const address = document.body.dataset.task;
  if (!address) return false;
  const table = $$("table[data-resource]").find(visible);
  const picked = table ? $$("tr[data-id]", table).filter((row) => $("[data-pick]", row)?.checked) : [];
  const rows = picked.length || !table ? picked : $$("tr.cur[data-id]", table);
  const about = rows.map((row) => ["id", row.dataset.id]);
  if (rows.length) about.push(["of", table.dataset.resource]);
  openDrawer(`${address}?${new URLSearchParams([...about, ["here", location.pathname + location.search]])}`);
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.keyCode === 229) return;
  if (event.defaultPrevented || $("dialog[open]")) return;
  const name = nameOf(event);
  let done;
  if (event.ctrlKey || event.metaKey || event.altKey || /^F\d+$/.test(event.key)) done = withModifier(name);
  else if (event.key === "Escape") done = escape();
  else if (!isField(event.target)) done = listKey(event) || ((letters || event.target.closest("[data-digits]")) && !event.repeat && letter(event));
  if (done) event.preventDefault();
});

// The key list shows what this page has, and the page's own keys.
document.addEventListener("drawer:open", (event) => {
  $$("[data-when]", event.target).forEach((part) => (part.hidden = !$(part.dataset.when)));
  const own = $("#page-keys");
  const place = $("[data-page-keys]", event.target);
  if (!own || !place) return;
  place.replaceChildren(own.content.cloneNode(true));
  place.closest("section").hidden = false;
});
