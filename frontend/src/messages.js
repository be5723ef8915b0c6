// Messages: read after a while in view, receivers as chips, what is being written kept in this browser.
import { $, $$, ask, calm, on } from "./dom.js";
import { showFigures } from "./live.js";

// ---------- read ----------

let reading = false;

function watchReading() {
  const pane = $("[data-read]");
  if (!pane) return;
  const read = async () => {
    if (!pane.isConnected) return;
    if (document.visibilityState !== "visible") return document.addEventListener("visibilitychange", read, { once: true });
    const figures = await ask(pane.dataset.read, { method: "POST" }).then((answer) => answer.json(), () => undefined);
    if (!figures) return;
    for (const [name, text] of Object.entries(figures.folders)) {
      const place = $(`[data-folder="${name}"]`);
      if (place) place.textContent = text;
    }
    reading = true;
    showFigures(figures);
    reading = false;
    $$(".ml .cur.unread").forEach((row) => {
      row.classList.remove("unread");
      $(".ud", row)?.remove();
    });
    const form = $("[data-mark-form]", pane);
    if (form) {
      form.action = form.action.replace(/\/read$/, "/unread");
      $("button span", form).textContent = form.dataset.other;
    }
  };
  setTimeout(read, Number(pane.dataset.readAfter));
}
watchReading();

// ---------- what comes in while the centre is open ----------

/** Fetches the folders and the list anew; what is open beside them stays. */
const refresh = calm(async () => {
  const address = new URL(location.href);
  const open = $(".ml .cur")?.dataset.id;
  if (open) address.searchParams.set("on", open);
  const answer = await fetch(address, { credentials: "same-origin" }).then((response) => response.text(), () => "");
  const page = new DOMParser().parseFromString(answer, "text/html");
  for (const part of [".mcf", ".ml tbody"]) {
    const [old, now] = [$(`[data-centre] ${part}`), $(`[data-centre] ${part}`, page)];
    if (old && now && !old.contains(document.activeElement)) old.replaceChildren(...now.childNodes);
  }
}, 300);

if ($("[data-centre]")) document.body.addEventListener("figures", () => reading || refresh());

// ---------- receivers ----------

on("combobox:take", "[data-chips] input[data-combobox]", (event, field) => {
  const box = field.closest("[data-chips]");
  const token = event.detail.value;
  const title = field.value;
  field.value = field.kept = event.detail.before; // names that were typed and not chosen
  if ($$("input[type=hidden]", box).some((one) => one.value === token)) return;
  const chip = Object.assign(document.createElement("span"), { className: "chip" });
  const value = Object.assign(document.createElement("input"), { type: "hidden", name: box.dataset.chips, value: token });
  const drop = Object.assign(document.createElement("button"), { type: "button", textContent: "×" });
  drop.dataset.chipDrop = "";
  drop.setAttribute("aria-label", field.dataset.dropText.replace("{name}", title));
  chip.append(value, document.createTextNode(title), drop);
  box.insertBefore(chip, field.closest(".combo") ?? field);
  box.dispatchEvent(new Event("input", { bubbles: true }));
});
on("click", "[data-chip-drop]", (event, button) => {
  event.preventDefault();
  const box = button.closest("[data-chips]");
  button.closest(".chip").remove();
  $("input[data-combobox]", box)?.focus();
});
on("keydown", "[data-chips] input[data-combobox]", (event, field) => {
  if (event.isComposing || event.keyCode === 229) return;
  if (event.key !== "Backspace" || field.value) return;
  $$(".chip", field.closest("[data-chips]")).at(-1)?.remove();
});

// ---------- what is being written ----------

const kept = $("form[data-keep]");
if (kept) {
  const key = `zhike-${kept.dataset.keep}-${document.body.dataset.user}`;
  const fields = () => $$("input[name=title], textarea[name=content]", kept);
  const empty = fields().every((field) => !field.value);
  const before = JSON.parse(localStorage.getItem(key) ?? "{}");
  if (empty) fields().forEach((field) => (field.value = before[field.name] ?? ""));
  const keep = calm(() => localStorage.setItem(key, JSON.stringify(Object.fromEntries(fields().map((field) => [field.name, field.value])))), 400);
  kept.addEventListener("input", keep);
  kept.addEventListener("submit", () => localStorage.removeItem(key));
}
