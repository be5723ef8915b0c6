// The status bar's clock: the server's time in the server's time zone, moved on here and corrected every ten minutes.
import { $, ask } from "./dom.js";

const clock = $("[data-clock]");
const english = document.documentElement.lang === "en";
const pad = (number) => String(number).padStart(2, "0");
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const DAYS = "Sun Mon Tue Wed Thu Fri Sat".split(" ");
let base; // the server's wall clock, as if it were UTC, and when we heard it
let heard;

function set(stamp) {
  base = Date.parse(`${stamp.slice(0, 19)}Z`);
  heard = performance.now();
}

function draw() {
  const now = new Date(base + performance.now() - heard);
  const time = [now.getUTCHours(), now.getUTCMinutes(), now.getUTCSeconds()].map(pad).join(":");
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  clock.textContent = english
    ? `${day} ${MONTHS[month]} ${year} ${time} ${DAYS[now.getUTCDay()]}`
    : `${year}-${pad(month + 1)}-${pad(day)} ${time} 星期${"日一二三四五六"[now.getUTCDay()]}`;
}

if (clock) {
  set(clock.getAttribute("datetime"));
  setInterval(draw, 1000);
  setInterval(async () => {
    const answer = await ask(clock.dataset.clock).then((response) => response.json(), () => null);
    if (answer) set(answer.now);
  }, 600000);
}
