// The bell: its number, dot and the tab's title from one source, by an event stream where the server holds one, else by asking.
import { $, $$, ask, on, say } from "./dom.js";

const lamp = $("[data-lamp]");
const bell = $("[data-bell]");
const name = document.title.replace(/^\(\d+\+?\) /, "");
const PAUSE = 20000;
const SEEN = "zhike-announced";

function connected(yes) {
  if (!lamp) return;
  $(".led", lamp).classList.toggle("off", !yes);
  $("[data-lamp-text]", lamp).textContent = say(yes ? "connected" : "disconnected");
}

addEventListener("online", () => connected(true));
addEventListener("offline", () => connected(false));
document.addEventListener("htmx:sendError", () => connected(false));
document.addEventListener("htmx:afterOnLoad", () => connected(true));

/** Shows the figures wherever they stand: the sum on the bell and in the title, what waits behind an entry of the panel beside it. */
export function showFigures(figures, spread = true) {
  if (!bell || !figures || figures.mark === undefined) return;
  if (bell.dataset.mark === figures.mark) return;
  bell.dataset.mark = figures.mark;
  for (const one of $$("[data-bell-text]")) {
    one.textContent = (one.dataset.bellText ? figures.texts[one.dataset.bellText] : figures.text) ?? "";
    one.hidden = !one.textContent;
  }
  $("[data-bell-dot]", bell).hidden = !figures.dot || Boolean(figures.text);
  document.title = figures.text ? `(${figures.text}) ${name}` : name;
  if (figures.urgent) announce(figures.urgent);
  document.body.dispatchEvent(new Event("figures"));
  if (spread) channel?.postMessage(figures);
}

/** Shows an urgent message once, in whichever of this browser's pages is looked at; the focus stays where it is. */
function announce({ key, text, path }) {
  const seen = JSON.parse(localStorage.getItem(SEEN) ?? "[]");
  if (seen.includes(key) || document.visibilityState !== "visible") return;
  localStorage.setItem(SEEN, JSON.stringify([...seen.slice(-50), key]));
  const address = `${bell.dataset.root}${path}`;
  if (location.pathname === address) return;
  const toast = Object.assign(document.createElement("div"), { className: "toast" });
  toast.dataset.toast = "";
  const words = Object.assign(document.createElement("span"), { textContent: say("urgent", { text }) });
  const link = Object.assign(document.createElement("a"), { href: address, textContent: say("view") });
  toast.append(words, link);
  $("#toasts").append(toast);
}

const channel = bell && "BroadcastChannel" in window ? new BroadcastChannel(`zhike-live-${document.body.dataset.user}`) : undefined;
if (channel) channel.onmessage = (event) => showFigures(event.data, false);

// ---------- asking ----------

let timer;

async function look() {
  if (document.visibilityState !== "visible" && !leading) return;
  const address = new URL(bell.dataset.ask, location.href);
  address.searchParams.set("mark", bell.dataset.mark);
  try {
    const answer = await ask(address);
    connected(true);
    if (answer.status === 200) showFigures(await answer.json());
  } catch (error) {
    if (error.message === "401") stopAsking();
    else if (!/^\d+$/.test(error.message)) connected(false);
  }
}

function startAsking() {
  timer ??= setInterval(look, PAUSE);
}

function stopAsking() {
  clearInterval(timer);
  timer = undefined;
}

// ---------- the stream ----------

let stream;
let leading = false; // then this page asks for the others too, even while it is not the one that is seen

function openStream(ended = () => {}) {
  if (stream) return;
  stream = new EventSource(bell.dataset.live);
  stream.onopen = () => (connected(true), stopAsking());
  stream.onmessage = (event) => showFigures(JSON.parse(event.data));
  stream.addEventListener("again", () => (closeStream(), startAsking(), setTimeout(openStream, 500 + Math.random() * 2500, ended)));
  startAsking(); // until it is open: something on the way may hold it back for good
  stream.onerror = () => {
    startAsking();
    if (stream?.readyState !== EventSource.CLOSED) return;
    closeStream(); // the server holds none, or nobody is signed in any more
    ended();
  };
}

function closeStream() {
  stream?.close();
  stream = undefined;
}

/** One page of a browser holds the stream for all of them: a browser opens six connections to a server and no more. */
function lead() {
  if (navigator.locks) {
    navigator.locks.request(`zhike-live-${document.body.dataset.user}`, () => ((leading = true), new Promise((leave) => openStream(leave))));
    return;
  }
  const follow = () => (document.visibilityState === "visible" ? (look(), openStream()) : closeStream());
  document.addEventListener("visibilitychange", follow);
  if (document.visibilityState === "visible") openStream();
}

if (bell) {
  document.addEventListener("visibilitychange", () => timer && look());
  addEventListener("pageshow", (event) => event.persisted && look());
  addEventListener("pagehide", closeStream);
  lead();
}

on("toggle", "[data-bell]", async () => {
  if (!bell.open) return;
  const place = $("[data-news]", bell);
  place.innerHTML = await ask(place.dataset.news).then((answer) => answer.text(), () => "");
}, true);
