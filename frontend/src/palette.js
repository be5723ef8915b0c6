// The command palette: one field for customers, contacts, orders, menus, commands and colleagues. The server finds, this chooses.
import { $, $$, ask, calm, on, say } from "./dom.js";

const dialog = $("#palette");
const field = $("#pal-q");
const list = $("#pal-list");
let chosen = 0;
let asked = 0;

// The last pages are remembered in this browser, apart for every person.
const RECENT = `recent:${document.body.dataset.user}`;
const recent = () => JSON.parse(localStorage.getItem(RECENT) ?? "[]");
const ownText = (element) => [...(element?.childNodes ?? [])].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data.trim()).join("");

/** Names this page: a list in one of its views, or under conditions, by these too. */
function titleOf() {
  const title = $("h1 .el, h1")?.firstChild?.textContent?.trim() ?? "";
  const narrowed = new URLSearchParams(location.search);
  const view = narrowed.has("view") ? ownText($(".tabs a[aria-current]")) : "";
  const conditions = $$(".filter .chip > span").map((chip) => chip.textContent.trim());
  return [title, view, ...(view ? [] : conditions)].filter(Boolean).join(" · ");
}

let here = { title: "", href: "" };
function visit() {
  here = { title: titleOf(), href: location.pathname + location.search };
  if (!document.body.dataset.user || !here.title || $(".fault")) return;
  localStorage.setItem(RECENT, JSON.stringify([here, ...recent().filter((page) => page.href !== here.href)].slice(0, 11)));
}
visit();
on("submit", "form", (_event, form) => {
  const field = $("[data-star-title]", form);
  if (field && here.title) field.value = here.title;
});
document.addEventListener("htmx:pushedIntoHistory", () => setTimeout(visit));

const options = () => $$("[role=option]", list);

function mark(index) {
  const all = options();
  chosen = all.length ? (index + all.length) % all.length : 0;
  all.forEach((option, at) => {
    option.id = `pal-${at}`;
    option.setAttribute("aria-selected", String(at === chosen));
  });
  field.setAttribute("aria-expanded", String(all.length > 0));
  if (all.length) field.setAttribute("aria-activedescendant", `pal-${chosen}`);
  else field.removeAttribute("aria-activedescendant");
  all[chosen]?.scrollIntoView({ block: "nearest" });
}

async function find() {
  const mine = ++asked;
  const query = new URLSearchParams({ q: field.value, at: location.pathname });
  // for an empty field the server names the last pages as they are now, those that this person may still see
  const visited = new URLSearchParams({ visited: JSON.stringify(recent().filter((page) => page.href !== here.href).map((page) => [page.title, page.href])) });
  try {
    const answer = await (await ask(`${field.dataset.source}?${query}`, field.value.trim() ? {} : { method: "POST", body: visited })).text();
    if (mine !== asked) return; // a later question overtook this one
    list.innerHTML = answer;
  } catch {
    if (mine === asked) list.replaceChildren(Object.assign(document.createElement("p"), { className: "pal-e", textContent: say("network") }));
  }
  mark(0);
}

export function openPalette(text = "") {
  if (!dialog) return;
  field.value = text;
  list.replaceChildren();
  dialog.showModal();
  field.focus();
  find();
}

if (dialog) {
  on("click", "[data-palette]", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    openPalette();
  });
  field.addEventListener("input", calm(find, 120));
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      mark(chosen + step);
      event.preventDefault();
    } else if (event.key === "Enter" && options()[chosen]) {
      event.preventDefault();
      const option = options()[chosen];
      const href = option.getAttribute("href");
      if (href && (event.ctrlKey || event.metaKey)) window.open(href, "_blank", "noopener");
      else {
        dialog.close();
        option.click();
      }
    }
  });
}
