// Understands dates and months as people write them. The server understands the same; this only shows the result at once.

const pad = (number) => String(number).padStart(2, "0");
const iso = (date) => `${date.getUTCFullYear()}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())}`;
const WORDS = { 今天: 0, 明天: 1, 后天: 2, 大后天: 3, 昨天: -1, today: 0, tomorrow: 1, yesterday: -1 };

/** Turns full-width digits, letters and signs into plain ones. */
export const plain = (text) =>
  text.replace(/[\uff01-\uff5e]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0)).replace(/\u3000/g, " ").trim();

function real(year, month, day) {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? iso(date) : null;
}

/** Gives `2026-03-18` for 318, 3-18, 2026.3.18, 3月18日, 明天, +3; null when it is none. */
export function readDate(text, today) {
  const typed = plain(text).toLowerCase();
  const year = today.getUTCFullYear();
  const later = (days) => iso(new Date(today.getTime() + days * 86400000));
  if (typed in WORDS) return later(WORDS[typed]);
  if (/^[+-]\d{1,3}$/.test(typed)) return later(Number(typed));
  let found = typed.match(/^(\d{4})(\d{2})(\d{2})$/);
  if (found) return real(+found[1], +found[2], +found[3]);
  found = typed.match(/^(\d{1,2})(\d{2})$/);
  if (found) return real(year, +found[1], +found[2]);
  const parts = typed.split(/[^\d]+/).filter(Boolean).map(Number);
  if (!/^\d[\d\s./\-年月日]*$/.test(typed)) return null;
  if (parts.length === 3) return real(parts[0] < 100 ? 2000 + parts[0] : parts[0], parts[1], parts[2]);
  return parts.length === 2 ? real(year, parts[0], parts[1]) : null;
}

/** Gives `2026-05` for 2026-05, 2026.5, 2605, 202605, 5; null when it is none. */
export function readMonth(text, today) {
  const typed = plain(text);
  const found = typed.match(/^(?:(20\d{2}|\d{2})[\s./\-年]*)?(\d{1,2})月?$/);
  if (!found || +found[2] < 1 || +found[2] > 12) return null;
  const year = found[1] ? Number(found[1].length === 2 ? `20${found[1]}` : found[1]) : today.getUTCFullYear();
  return `${year}-${pad(found[2])}`;
}
