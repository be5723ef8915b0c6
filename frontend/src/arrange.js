// Cards of the workbench are put in order by dragging too; the buttons do the same.
import { $, ask, on } from "./dom.js";

let dragged;
on("dragstart", "[data-place]", (event, card) => {
  dragged = card;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", card.dataset.place);
});
on("dragover", "[data-place]", (event, card) => {
  if (dragged && dragged !== card) event.preventDefault();
});
on("drop", "[data-place]", async (event, card) => {
  if (!dragged || dragged === card) return;
  event.preventDefault();
  const box = card.getBoundingClientRect();
  const behind = event.clientX > box.left + box.width / 2; // on the right half of a card: behind it
  const next = behind ? (card.nextElementSibling === dragged ? dragged.nextElementSibling : card.nextElementSibling) : card;
  const form = $("form", dragged); // its buttons are called "action", which hides the property
  const body = new FormData(form);
  body.set("action", "place");
  body.set("before", next?.dataset.place ?? "");
  card.parentElement.insertBefore(dragged, next);
  dragged = undefined;
  await ask(form.getAttribute("action"), { method: "POST", body }).catch(() => location.reload());
});
