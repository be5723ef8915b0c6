// Where the focus goes: to errors first, after a swap to what replaced the focused element.
import { $ } from "./dom.js";

const land = (element) => {
  if (!element) return;
  if (!element.matches("a[href], button, input, select, textarea, [tabindex]")) element.tabIndex = -1;
  element.focus({ preventScroll: false });
};

land($("[data-focus]"));
if ($("[data-focus]")?.matches(".note.bad")) document.title = document.body.dataset.errorTitle ?? document.title;

document.addEventListener("htmx:afterSettle", (event) => {
  const part = event.detail.elt;
  const error = part.matches?.("[data-focus]") ? part : part.querySelector?.("[data-focus]");
  if (error) return land(error);
  if (document.activeElement && document.activeElement !== document.body) return;
  if (event.detail.requestConfig?.triggeringEvent?.type === "load") return;
  if (!part.closest?.("#main")) return;
  land(part.querySelector("h1, h2, h3"));
});
