// Menus and dialogs: close on Escape, on leaving and on choosing; the focus goes back to where it came from.
import { $, $$, on } from "./dom.js";

const closeMenus = (except) => $$("details[data-menu][open]").forEach((menu) => menu.contains(except) || (menu.open = false));

document.addEventListener("click", (event) => {
  closeMenus(event.target);
  const choice = event.target.closest?.("details[data-menu] .pop a");
  if (choice) choice.closest("details").open = false;
});
document.addEventListener("focusin", (event) => closeMenus(event.target));

/** Puts the cursor into the field of an open menu that asks for something. */
export function typeInto(menu) {
  const field = menu?.open && $(".pop input.in-t", menu);
  if (!field || document.activeElement === field) return;
  field.focus();
  field.select();
}
on("toggle", "details[data-menu]", (_event, menu) => typeInto(menu), true);

on("keydown", "details[data-menu]", (event, menu) => {
  if (event.isComposing || event.keyCode === 229) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (event.key === "Escape" && menu.open) {
    menu.open = false;
    $("summary", menu).focus();
    event.preventDefault();
    event.stopPropagation();
  } else if (step && !event.target.matches("input, select, textarea")) {
    menu.open = true;
    const choices = $$(".pop a, .pop button, .pop input", menu);
    const next = choices.indexOf(document.activeElement) + step;
    choices[(next + choices.length) % choices.length]?.focus();
    event.preventDefault();
  }
});

on("click", "[data-dialog]", (event, opener) => {
  const dialog = document.getElementById(opener.dataset.dialog);
  if (!dialog || opener.getAttribute("aria-disabled") === "true") return;
  event.preventDefault();
  dialog.showModal();
});
on("click", "dialog [data-close]", (_event, button) => button.closest("dialog").close());
on("click", "dialog", (event, dialog) => event.target === dialog && dialog.close());
on("click", "[aria-disabled=true]", (event) => event.preventDefault(), true);
