// The sign-in ended while a page stood open: one signs in over the page, its form token is renewed, what was being sent is sent again.
import htmx from "./vendor.js";
import { $, $$ } from "./dom.js";
import { polls } from "./requests.js";

const user = document.body.dataset.user;
const address = "/login/over";
let asking;

/** Asks the server whether the page's sign-in stands: null when it does, else what belongs into the dialog. */
async function standing() {
  const query = new URLSearchParams({ over: user, locale: document.documentElement.lang.replace("-", "_") });
  const headers = { "HX-Request": "true", "X-CSRF-Token": $("meta[name=csrf-token]").content };
  const answer = await fetch(`${address}?${query}`, { credentials: "same-origin", headers });
  return answer.status === 204 || !answer.ok ? null : answer.text();
}

/** Puts the server's answer into the dialog; true when it brought a new token for every form of the page. */
function fill(dialog, text) {
  dialog.innerHTML = text;
  const token = $("[data-token]", dialog)?.dataset.token;
  if (!token) return false;
  $("meta[name=csrf-token]").content = token;
  $$("input[name=csrf_token]").forEach((field) => (field.value = token));
  return true;
}

/** Sends what was typed into the dialog; where the form's token went stale under it, with a new one, once. */
async function send(form) {
  const body = new FormData(form);
  const post = () => fetch(form.action, { method: "POST", credentials: "same-origin", headers: { "HX-Request": "true" }, body });
  const answer = await post();
  if (answer.status !== 419) return answer.text();
  const page = document.createElement("template");
  page.innerHTML = (await standing()) ?? "";
  const token = $("[name=csrf_token]", page.content)?.value;
  if (!token) return page.innerHTML; // somebody signed in meanwhile, in another tab
  body.set("csrf_token", token);
  const again = await post();
  return again.status === 419 ? page.innerHTML : again.text();
}

/** Opens the dialog with an answer of the server; true once the page may send again. */
function ask(text) {
  const dialog = Object.assign(document.createElement("dialog"), { className: "dlg", id: "login-over" });
  dialog.setAttribute("aria-labelledby", "login-over-t");
  if (fill(dialog, text) && !$("a, button", dialog)) return Promise.resolve(true);
  document.body.append(dialog);
  let back = false;
  dialog.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    if (form.dataset.sent) return;
    form.dataset.sent = "yes";
    try {
      back = fill(dialog, await send(form));
    } catch {
      return delete form.dataset.sent;
    }
    if (back && !$("a, button", dialog)) return dialog.close();
    if (!dialog.innerHTML) return dialog.close();
    $("[autofocus]", dialog)?.focus();
  });
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      // Where the own password comes first, what was sent waits for the person.
      const again = back && !$("a, button", dialog);
      dialog.remove();
      resolve(again);
    });
    dialog.showModal();
  });
}

/** Sees to it that the page may send; everything that waits for it waits for one dialog. */
function signedIn() {
  asking ??= standing()
    .then((text) => (text === null ? true : ask(text)), () => true)
    .finally(() => (asking = undefined));
  return asking;
}

// ---------- what htmx sends ----------

document.addEventListener("htmx:beforeSwap", async (event) => {
  const { xhr, requestConfig: config, etc } = event.detail;
  if (!user || ![401, 419].includes(xhr.status)) return;
  event.detail.shouldSwap = event.detail.isError = false;
  const type = config.triggeringEvent?.type;
  if (polls(config.elt) || (type && !["click", "submit"].includes(type))) return; // nobody is interrupted while typing
  if (!(await signedIn())) return;
  if (config.formData.has("csrf_token")) config.formData.set("csrf_token", $("meta[name=csrf-token]").content);
  htmx.ajax(config.verb, config.path, { source: config.elt, target: config.target, swap: etc.swapOverride, select: etc.select, values: config.formData });
});

// ---------- what the browser sends ----------

const byHtmx = (element) => element?.matches("[hx-post], [hx-put], [hx-patch], [hx-delete]");

/** True where leaving the page would lose something that was entered. */
function entered(form) {
  if ("guard" in form.dataset) return true;
  return [...form.elements].some((field) => {
    if (field.type === "hidden") return false;
    if (field.options) return [...field.options].some((one) => one.selected !== one.defaultSelected);
    return (field.value ?? "") !== (field.defaultValue ?? field.value ?? "") || (field.checked ?? false) !== (field.defaultChecked ?? false);
  });
}

const asked = new WeakSet();
const passed = new WeakSet();
document.addEventListener(
  "submit",
  (event) => {
    const { target: form, submitter } = event;
    if (!user || form.method !== "post" || form.target || form.closest("#login-over") || byHtmx(form) || byHtmx(submitter)) return;
    if (passed.delete(form) || !entered(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (asked.has(form)) return;
    asked.add(form);
    signedIn().then((stands) => {
      asked.delete(form);
      if (!stands) return;
      passed.add(form);
      form.requestSubmit(submitter);
      passed.delete(form);
    });
  },
  true,
);
