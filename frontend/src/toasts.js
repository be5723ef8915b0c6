// Toasts go by themselves after six seconds, with an undo after ten, and stay while somebody looks at them.
import { $, $$ } from "./dom.js";

const region = $("#toasts");

function live(toast) {
  if (toast.dataset.timed) return;
  toast.dataset.timed = "yes";
  const wait = toast.querySelector("form") ? 10000 : 6000;
  let timer;
  const start = () => (timer = setTimeout(() => toast.remove(), wait));
  const stop = () => clearTimeout(timer);
  for (const name of ["pointerenter", "focusin"]) toast.addEventListener(name, stop);
  for (const name of ["pointerleave", "focusout"]) toast.addEventListener(name, start);
  start();
}

if (region) {
  const look = () => $$("[data-toast]", region).forEach(live);
  look();
  new MutationObserver(look).observe(region, { childList: true });
}
