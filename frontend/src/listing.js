// List pages: leaf, sort and narrow without loading the frame again; fill a menu when it opens; put columns in order.
import htmx from "./vendor.js";
import { $, on } from "./dom.js";

/** Puts another state of the list in place of this one; the server says its address. */
const show = (address) => htmx.ajax("GET", address, { target: "#main", swap: "innerHTML" });

on("click", "#main a[href]", (event, link) => {
  if (!$("[data-list-form]") || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.altKey) return;
  if (link.matches("[data-drawer], [target]") || (event.shiftKey && !link.dataset.also)) return;
  const address = new URL(event.shiftKey ? link.dataset.also : link.href, location.href);
  if (address.origin !== location.origin || address.pathname !== location.pathname) return;
  event.preventDefault();
  show(address.pathname + address.search);
});

on("submit", "[data-list-form]", (event, form) => {
  event.preventDefault();
  const filled = [...new FormData(form)].filter(([, value]) => value !== "");
  show(`${form.getAttribute("action")}?${new URLSearchParams(filled)}`);
});

on(
  "toggle",
  "details[data-load]",
  (_event, menu) => {
    const address = menu.dataset.load;
    if (!menu.open || !address) return;
    menu.dataset.load = "";
    htmx.ajax("GET", address, { target: $(".pop", menu), swap: "innerHTML" });
  },
  true,
);

on("click", ".colform [name=move]", (event, button) => {
  event.preventDefault();
  const line = button.closest("li");
  const up = button.value.endsWith(":up");
  const other = up ? line.previousElementSibling : line.nextElementSibling;
  if (!other || !$("[name=move]", other)) return;
  if (up) other.before(line);
  else other.after(line);
  button.focus();
});
