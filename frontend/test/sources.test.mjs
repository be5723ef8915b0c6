// What the sources keep: every key handler leaves an input method alone, colours are named in one place, sizes stay in budget.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const source = join(root, "src");
const built = join(root, "..", "core", "static");
const read = (...parts) => readFileSync(join(...parts), "utf8");
const scripts = readdirSync(source).filter((name) => name.endsWith(".js"));
const styles = readdirSync(source).filter((name) => name.endsWith(".css"));

for (const name of scripts) {
  test(`${name}: a key handler begins with the check for composing`, () => {
    for (const [, body] of read(source, name).matchAll(/(?:on\("keydown"|addEventListener\("keydown")[^{]*\{\s*([^\n]*)/g)) {
      assert.match(body, /^if \(event\.isComposing \|\| event\.keyCode === 229\) return;/);
    }
  });
  test(`${name}: no code is made from text`, () => assert.doesNotMatch(read(source, name), /\beval\(|new Function/));
}

for (const name of styles.filter((one) => one !== "tokens.css")) {
  test(`${name}: colours come from the tokens`, () => {
    const rules = read(source, name).replace(/url\("data:[^"]*"\)/g, "").replace(/@media print\{[\s\S]*$/, "");
    const allowed = new Set(["#fff", "#E8ECF3", "#A9C3FF", "#42506A", "#8492A8"]); // on the seal and on the dark foot, the same in every theme
    const found = (rules.match(/#[0-9A-Fa-f]{3,8}\b|rgba?\([^)]*\)/g) ?? []).filter((colour) => !allowed.has(colour) && !/^#[a-z]+-/.test(colour));
    assert.deepEqual(found, []);
  });
}

const manifest = JSON.parse(read(built, "manifest.json"));
const packed = (name) => gzipSync(readFileSync(join(built, manifest[name])), { level: 9 }).length;

test("the style sheet stays under 14 KB packed", () => assert.ok(packed("app.css") < 14 * 1024));
test("the script stays under 45 KB packed", () => assert.ok(packed("app.js") < 45 * 1024));
test("the sprite stays under 8 KB packed", () => assert.ok(packed("sprite.svg") < 8 * 1024));
test("the built files say nothing of where they were built", () => {
  for (const name of Object.keys(manifest)) assert.doesNotMatch(read(built, manifest[name]), /node_modules|file:\/\//);
});
