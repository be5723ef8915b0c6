// What a field does on leaving: shows the date it understood and tidies digits. It never complains; that is for saving.
import { on, serverToday } from "./dom.js";
import { plain, readDate, readMonth } from "./dates.js";

const readers = {
  date: (text) => readDate(text, serverToday()),
  month: (text) => readMonth(text, serverToday()),
  phone: (text) => plain(text).replace(/[^\d+\-*#,;/ 转]/g, "").replace(/\s+/g, " "),
  digits: (text) => plain(text).replace(/\s/g, ""),
};

on("change", "input[data-kind]", (_event, field) => {
  const value = field.value && readers[field.dataset.kind]?.(field.value);
  if (value && value !== field.value) {
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}, true);

/* Where several are chosen one by one, the last choice is followed by an empty one. */
on("change", "[data-selects] > select:last-child", (_event, last) => {
  if (!last.value) return;
  const next = last.cloneNode(true);
  next.id = `${last.name}-${last.parentElement.children.length}`;
  next.value = "";
  last.after(next);
});

/* Only the last of them holds all entries, which keeps pages small; the others get them when somebody goes there. */
on("focusin", "[data-selects] > select:not(:last-child)", (_event, chosen) => {
  const all = [...chosen.parentElement.lastElementChild.options];
  if (chosen.options.length >= all.length) return;
  const { value } = chosen;
  chosen.replaceChildren(...all.map((option) => option.cloneNode(true)));
  chosen.value = value;
});
