// How requests behave: settings, token, input methods, double sending, the thin bar on top, what happens when something fails.
import htmx from "./vendor.js";
import { $, $$, on, say } from "./dom.js";

Object.assign(htmx.config, {
  allowEval: false,
  disableInheritance: true,
  historyCacheSize: 0,
  includeIndicatorStyles: false,
  refreshOnHistoryMiss: true,
  selfRequestsOnly: true,
  timeout: 10000,
  // Errors of a form and error notes both stand in the place of the fragment.
  responseHandling: [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "422", swap: true },
    { code: "[45]..", swap: true, error: true },
  ],
});

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRF-Token"] = $("meta[name=csrf-token]")?.content ?? "";
});

// While an input method composes, nobody hears of it; browsers differ in what follows, so one event is sent at its end.
document.addEventListener("input", (event) => event.isComposing && event.stopImmediatePropagation(), true);
document.addEventListener("compositionend", (event) => {
  queueMicrotask(() => event.target.dispatchEvent(new Event("input", { bubbles: true })));
});

export const polls = (element) => /\bevery\b/.test(element?.getAttribute?.("hx-trigger") ?? "");

document.addEventListener("htmx:beforeRequest", (event) => {
  if (polls(event.detail.elt) && document.visibilityState !== "visible") event.preventDefault();
});

document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.isError && polls(event.detail.elt)) event.detail.shouldSwap = false;
});

// ---------- sending twice ----------

/** Greys what sends the form; the icon turns when it takes longer than a blink. */
function busy(form, button) {
  const buttons = $$("button[type=submit], button:not([type])", form).concat($$(`button[form="${form.id}"]`));
  setTimeout(() => buttons.forEach((one) => (one.disabled = true)));
  const use = button?.querySelector("svg.i use");
  const drawing = use?.getAttribute("href");
  const timer = setTimeout(() => {
    button?.classList.add("ld");
    use?.setAttribute("href", drawing.replace(/#.*/, "#refresh"));
  }, 300);
  form.idle = () => {
    clearTimeout(timer);
    buttons.forEach((one) => (one.disabled = false));
    button?.classList.remove("ld");
    if (drawing) use.setAttribute("href", drawing);
    delete form.idle;
  };
}

// ---------- a form that sends what is chosen in another one (data-takes) ----------

document.addEventListener(
  "submit",
  ({ target }) => {
    const from = document.getElementById(target.dataset.takes);
    if (!from) return;
    $$("input[type=hidden]:not([name=csrf_token])", target).forEach((one) => one.remove());
    for (const [name, value] of new FormData(from)) {
      target.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    }
  },
  true,
);

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.target) return;
  if (form.idle) return event.preventDefault();
  busy(form, event.submitter);
  if ("file" in form.dataset) setTimeout(() => form.idle?.(), 2000); // a file that is saved leaves the page as it is
});
document.addEventListener("htmx:afterRequest", (event) => event.detail.elt.idle?.());
addEventListener("pageshow", () => $$("form").forEach((form) => form.idle?.()));

// ---------- the thin bar ----------

const bar = Object.assign(document.createElement("div"), { className: "busy" });
let open = 0;
const show = (step) => {
  open = Math.max(0, open + step);
  bar.classList.toggle("on", open > 0);
};
document.body.append(bar);
document.addEventListener("htmx:beforeSend", (event) => polls(event.detail.elt) || show(1));
document.addEventListener("htmx:afterRequest", (event) => polls(event.detail.elt) || show(-1));

// ---------- no answer ----------

for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, (event) => {
    if (polls(event.detail.elt)) return;
    const note = document.createElement("div");
    note.className = "note bad";
    note.setAttribute("role", "alert");
    note.dataset.network = "";
    note.append(Object.assign(document.createElement("div"), { textContent: say("network") }));
    $$("[data-network]").forEach((old) => old.remove());
    const target = event.detail.target;
    if (target?.matches?.("[data-part]")) target.replaceChildren(note);
    else (target?.closest?.(".card, .drawer, form") ?? $("#main")).prepend(note);
  });
}
on("htmx:afterOnLoad", "*", () => $$("[data-network]").forEach((old) => old.remove()));
