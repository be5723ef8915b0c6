// Sends files with a bar that shows how far it is, and takes files that are dropped on the form. Without it the form is an ordinary one.
import { $, on, say } from "./dom.js";

const FORM = "form[data-attach]";

// Some of the files were kept: the page shows them, and what was refused stays in sight.
async function renew() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [here, there] = [$("[data-files]"), $("[data-files]", fresh)];
  if (here && there) here.replaceWith(there);
}

function send(form, files) {
  if (form.request) return;
  const body = new FormData(form);
  if (files) {
    body.delete("files");
    for (const file of files) body.append("files", file, file.name);
  }
  const request = (form.request = new XMLHttpRequest());
  const bar = $("progress", form);
  const words = $("[data-sent]", form);
  const refused = $("[data-refused]", form);
  form.classList.add("busy-up");
  request.open("POST", form.action);
  request.setRequestHeader("HX-Request", "true");
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    bar.value = total ? (100 * loaded) / total : 0;
    words.textContent = `${Math.round(bar.value)}%`;
  });
  const end = (html) => {
    delete form.request;
    form.classList.remove("busy-up");
    form.idle?.();
    form.elements.idempotency_key.value = `${Date.now()}-${Math.random()}`;
    if (html) refused.innerHTML = html;
    else refused.textContent = say("network");
    if ($("[data-kept]", refused)) {
      form.elements.files.value = ""; // a second try does not send again what was kept
      renew();
    }
    $("[data-focus]", refused)?.focus();
  };
  request.addEventListener("load", () => {
    const target = request.getResponseHeader("HX-Redirect");
    if (!target) return end(request.responseText);
    if (new URL(target, location).href === location.href) location.reload();
    else location.assign(target);
  });
  request.addEventListener("error", () => end(""));
  request.send(body);
}

on("submit", FORM, (event, form) => {
  event.preventDefault();
  send(form);
});

on("dragover", FORM, (event, form) => {
  if (!event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  form.classList.add("over");
});
for (const name of ["dragleave", "drop"]) on(name, FORM, (_event, form) => form.classList.remove("over"));
on("drop", FORM, (event, form) => {
  if (!event.dataTransfer?.files.length) return;
  event.preventDefault();
  send(form, event.dataTransfer.files);
});

document.documentElement.classList.add("drops");
