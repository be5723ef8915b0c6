// Asks whether the customer is there already when a field that tells of it is left. Typing is never held up.
import htmx from "./vendor.js";
import { $, on } from "./dom.js";

const telling = /^(name|address|uscc|general_manager|sales_head|publicity_head|division_code-text|phones-\d+-number|emails-\d+-address)$/;

on("focusout", "form input", (_event, field) => {
  const panel = telling.test(field.name) && $("[data-duplicates]", field.form);
  if (!panel || field.value === (field.dataset.asked ?? field.defaultValue)) return;
  field.dataset.asked = field.value;
  htmx.trigger(panel, "check");
});

// Where the panel stands above what is typed, as on a phone, a toast says what it found.
document.addEventListener("htmx:afterSettle", () => {
  const told = $("[data-duplicates] template");
  if (!told) return;
  if (told.parentElement.getBoundingClientRect().bottom < 110) $("#toasts").append(told.content.cloneNode(true));
  told.remove();
});
