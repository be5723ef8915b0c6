// Small helpers that every other part uses.

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

/** Hears an event on whatever matches, now or later, and hands over the matching element. */
export function on(type, selector, handler, capture = false) {
  document.addEventListener(
    type,
    (event) => {
      const element = event.target instanceof Element ? event.target.closest(selector) : null;
      if (element) handler(event, element);
    },
    capture,
  );
}

let texts;

/** Gives a text of the page's language; `{name}` places are filled from `values`. */
export function say(name, values = {}) {
  texts ??= JSON.parse(document.body.dataset.texts || "{}");
  return (texts[name] ?? "").replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

/** True where typed letters belong to the person's text. */
export function isField(element) {
  return Boolean(element?.closest?.("input:not([type=checkbox]):not([type=radio]):not([type=button]):not([type=submit]), textarea, select, [contenteditable=true]"));
}

/** True when the element is drawn and can be used. */
export const visible = (element) => Boolean(element?.getClientRects().length);

/** Waits until nothing happened for a while. */
export function calm(handler, delay) {
  let timer;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => handler(...args), delay);
  };
}

/** Asks our own server for a fragment or sends it a form; anything but success is an error. */
export async function ask(address, options = {}) {
  const headers = { "HX-Request": "true", "X-CSRF-Token": $("meta[name=csrf-token]")?.content ?? "", ...options.headers };
  const response = await fetch(address, { credentials: "same-origin", ...options, headers });
  if (!response.ok) throw new Error(String(response.status));
  return response;
}

/** The server's day, so that "tomorrow" is its tomorrow; the status bar carries it. */
export function serverToday() {
  const stamp = $("[data-clock]")?.getAttribute("datetime") ?? new Date().toISOString();
  const [year, month, day] = stamp.slice(0, 10).split("-").map(Number);
  return new Date(Date.UTC(year, month - 1, day));
}
