// Theme and side panel change at once; the choice is kept with the person on the server.
import { $, $$, ask, on } from "./dom.js";

const root = document.documentElement;
const app = $("#app");

// The marked tab of a row that is wider than the screen is brought into sight.
for (const tab of $$(".tabs [aria-current]")) {
  const row = tab.parentElement;
  row.scrollLeft += tab.getBoundingClientRect().left - row.getBoundingClientRect().left - 48;
}

const keep = (form, name, value) => {
  const body = new FormData(form);
  body.set(name, value);
  return ask(form.action, { method: "POST", body }).catch(() => null);
};

on("click", "[data-theme-switch]", (event, button) => {
  event.preventDefault();
  const system = matchMedia("(prefers-color-scheme: dark)").matches;
  const dark = root.dataset.theme === "dark" || (root.dataset.theme === "auto" && system);
  root.dataset.theme = dark ? "light" : "dark";
  keep(button.form, "theme", root.dataset.theme);
  const use = $("use", button);
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, dark ? "#moon" : "#sun"));
  const name = dark ? button.dataset.dark : button.dataset.light;
  button.setAttribute("aria-label", name);
  button.title = name;
});

on("click", "[data-quick-stay]", (event, button) => {
  event.preventDefault();
  keep(button.form, "quick_stay", button.value);
  const stays = button.value === "on";
  button.value = stays ? "off" : "on";
  button.setAttribute("aria-pressed", String(stays));
  const use = $("use", button);
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, stays ? "#lock" : "#unlock"));
});

/** Folds the side panel, or opens it over the content where there is no room for it. */
export function foldPanel() {
  if (!$("#panel")) return false;
  if (matchMedia("(max-width: 1180px)").matches) app.classList.toggle("panelopen");
  else {
    const folded = app.classList.toggle("nopanel");
    const form = $("[data-theme-switch]")?.form;
    if (form) keep(form, "panel", folded ? "folded" : "open");
  }
  return true;
}

on("click", "[data-panel-switch]", () => foldPanel());
document.addEventListener("click", (event) => {
  if (app?.classList.contains("panelopen") && !event.target.closest("#panel, [data-panel-switch]")) app.classList.remove("panelopen");
});
