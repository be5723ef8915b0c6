// Copies a prepared text: the button stands beside it, hidden where there are no scripts.
import { $, $$, on, say } from "./dom.js";

const show = (root = document) => $$("[data-copy][hidden]", root).forEach((button) => (button.hidden = false));

if (navigator.clipboard) {
  show();
  document.addEventListener("htmx:afterSettle", (event) => show(event.target));
  on("click", "[data-copy]", async (_event, button) => {
    await navigator.clipboard.writeText($(`#${button.dataset.copy}`).textContent);
    $("span", button).textContent = say("copied");
  });
}
