// The message lamp and the number in the tab's title.
import { $, say } from "./dom.js";

const lamp = $("[data-lamp]");
const title = document.title.replace(/^\(\d+\+?\) /, "");

function connected(yes) {
  if (!lamp) return;
  $(".led", lamp).classList.toggle("off", !yes);
  $("[data-lamp-text]", lamp).textContent = say(yes ? "connected" : "disconnected");
}

addEventListener("online", () => connected(true));
addEventListener("offline", () => connected(false));
document.addEventListener("htmx:sendError", () => connected(false));
document.addEventListener("htmx:afterOnLoad", () => connected(true));
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.elt.id !== "bell") return;
  const number = $(".n", event.detail.elt)?.textContent ?? "";
  document.title = number ? `(${number}) ${title}` : title;
});
