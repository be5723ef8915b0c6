// The drawer at the right: shows the page of a link beside the one that is open, and leaves that usable.
import htmx from "./vendor.js";
import { $, on } from "./dom.js";

const drawer = $("#drawer");
const app = $("#app");
let opener;

export const isOpen = () => Boolean(drawer && !drawer.hidden);

/** Opens an address as a drawer; asked again for the same one, it closes. */
export async function openDrawer(address, from = document.activeElement, wide = false, quiet = false) {
  if (!drawer) return location.assign(address);
  if (isOpen() && drawer.dataset.address === address) return closeDrawer();
  opener = from;
  drawer.dataset.address = address;
  drawer.classList.toggle("wide", wide);
  await htmx.ajax("GET", address, { target: "#drawer", swap: "innerHTML" });
  drawer.hidden = false;
  app.classList.toggle("drawn", !wide);
  drawer.dispatchEvent(new Event("drawer:open", { bubbles: true }));
  const first = $("[autofocus]", drawer);
  const heading = $("h2, h1", drawer);
  if (first && !quiet) first.focus();
  else if (heading && !quiet) {
    heading.tabIndex = -1;
    heading.focus();
  }
}

export function closeDrawer() {
  if (!isOpen()) return false;
  drawer.hidden = true;
  drawer.replaceChildren();
  delete drawer.dataset.address;
  app.classList.remove("drawn");
  if (opener?.isConnected) opener.focus();
  return true;
}

// The quick panel of whoever wants it beside every page; the focus stays where it is.
if ("quickOpen" in document.body.dataset && matchMedia("(min-width: 1181px)").matches) openDrawer(document.body.dataset.quick, undefined, false, true);

on("click", "a[data-drawer]", (event, link) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  openDrawer(link.getAttribute("href"), link, link.dataset.drawer === "wide");
});
on("click", "[data-drawer-close]", (event) => {
  event.preventDefault();
  closeDrawer();
});
