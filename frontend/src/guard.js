// Nothing typed is lost: forms marked data-guard ask before leaving, keep a draft on the server and answer Ctrl S and Ctrl Enter.
import { $, $$, ask, on, say } from "./dom.js";

const dirty = new Set();
let unkept = false;

function tell(form) {
  const mark = $("[data-dirty]");
  if (mark) mark.textContent = dirty.has(form) ? say("unsaved") : "";
}

on("input", "form[data-guard]", (event, form) => {
  if (event.target.matches("[data-unguarded]")) return;
  dirty.add(form);
  unkept = true;
  tell(form);
});
on("submit", "form[data-guard]", (_event, form) => dirty.delete(form));
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.elt.closest?.("form[data-guard]");
  if (form && event.detail.elt === form && event.detail.xhr?.status >= 400) dirty.add(form);
});
document.addEventListener("htmx:beforeSwap", () => dirty.forEach((form) => form.isConnected || dirty.delete(form)));
addEventListener("beforeunload", (event) => {
  if ([...dirty].some((form) => form.isConnected)) event.preventDefault();
});
if ($("form[data-guard] [data-focus], form[data-guard][data-changed], main[data-changed] form[data-guard]")) {
  $$("form[data-guard]").forEach((form) => dirty.add(form) && tell(form));
  unkept = true;
}

/** Tells whether the focus is in the drawer: then keys mean what stands there, and nothing of the page behind it. */
export const inDrawer = () => Boolean(document.activeElement?.closest?.("#drawer"));

/** The guarded form that Ctrl S means: the one around the focus, else the first of the drawer or the page. */
export const guarded = () => document.activeElement?.closest?.("form[data-guard]") ?? $(`${inDrawer() ? "#drawer" : "main"} form[data-guard]`);

/** A form that is not guarded, but the matter at hand: the only one of the drawer, or the one that fills the page. */
function only() {
  const found = $$(inDrawer() ? "#drawer form[method=post]" : "main form.formscroll");
  return found.length === 1 ? found[0] : null;
}

/** Sends the form around the focus, else the guarded or only one, by its button of that name; false when there is none. */
export function send(name) {
  const buttons = $$(`[data-key="${name}"]`);
  const forms = [document.activeElement?.closest?.("form"), guarded() ?? only()];
  const button = forms.map((form) => form && buttons.find((one) => one.form === form)).find(Boolean);
  if (!button || button.disabled) return false;
  document.activeElement?.blur?.();
  button.form.requestSubmit(button);
  return true;
}

// Enter in one line of a long form goes nowhere; Ctrl Enter sends.
on("keydown", "form[data-guard] input", (event, field) => {
  if (event.isComposing || event.keyCode === 229) return;
  if (event.key !== "Enter" || event.ctrlKey || event.defaultPrevented) return;
  if (field.matches("[type=submit], [type=button], [type=file]") || field.form.dataset.guard === "short" || field.closest("[data-grid]")) return;
  event.preventDefault();
});

/** The form as a draft: without files and passwords. */
function typed(form) {
  const sent = new FormData(form);
  for (const [name, value] of [...sent]) if (value instanceof File) sent.delete(name);
  for (const field of $$("[type=password]", form)) sent.delete(field.name);
  return sent;
}

/** Keeps what stands in the page's own unsaved form; the form then tells its draft's address, for saving it drops the draft. */
async function keepDrafts() {
  const page = $("main[data-draft]");
  const own = (form) => page.contains(form) && new URL(form.getAttribute("action") ?? "", location.href).pathname === location.pathname;
  const form = page && unkept && [...dirty].find(own);
  if (!form) return;
  unkept = false;
  const kept = await ask(page.dataset.draft, { method: "POST", body: typed(form) }).then((answer) => answer.text(), () => "");
  unkept ||= !kept;
  if (!kept) return;
  const mark = $("[data-draft-kept]", form);
  if (mark) mark.textContent = kept;
  if (!form.elements.draft_kept) form.insertAdjacentHTML("beforeend", '<input type="hidden" name="draft_kept">');
  form.elements.draft_kept.value = page.dataset.draftOf;
}
setInterval(keepDrafts, 30000);
