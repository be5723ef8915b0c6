// What people type as a date, and what is understood.
import assert from "node:assert/strict";
import { test } from "node:test";
import { plain, readDate, readMonth } from "../src/dates.js";

const today = new Date(Date.UTC(2026, 2, 18));
const dates = { 318: "2026-03-18", "0318": "2026-03-18", 1231: "2026-12-31", "3-18": "2026-03-18", "2026.3.18": "2026-03-18", "26-3-8": "2026-03-08", 20260318: "2026-03-18", "3月18日": "2026-03-18", 明天: "2026-03-19", "+3": "2026-03-21", "３－１８": "2026-03-18", tomorrow: "2026-03-19" };
for (const [typed, meant] of Object.entries(dates)) test(`${typed} is ${meant}`, () => assert.equal(readDate(typed, today), meant));
for (const typed of ["", "2-30", "1332", "soon", "3", "1-2-3-4"]) test(`"${typed}" is no date`, () => assert.equal(readDate(typed, today), null));

const months = { "2026-05": "2026-05", "2026.5": "2026-05", 2605: "2026-05", 202605: "2026-05", 5: "2026-05", "2026年5月": "2026-05" };
for (const [typed, meant] of Object.entries(months)) test(`${typed} is the month ${meant}`, () => assert.equal(readMonth(typed, today), meant));
for (const typed of ["13", "0", "x"]) test(`"${typed}" is no month`, () => assert.equal(readMonth(typed, today), null));

test("full-width signs become plain ones", () => assert.equal(plain("０２８－８５５５　０１４２ "), "028-8555 0142"));
