// Builds core/static: one script, one style sheet, one icon sprite, the print fonts and the manifest that maps plain names to hashed ones.
import { createHash } from "node:crypto";
import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "core", "static");
const packages = join(here, "node_modules");
// Chrome 109 is the last for Windows 7, still found in offices.
const target = ["chrome109", "edge109", "firefox115", "safari16.4"];

const hash = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 10);

/** Bundles one entry and returns its bytes. */
async function bundle(entry, plugins = []) {
  const result = await build({
    entryPoints: [join(here, "src", entry)],
    bundle: true,
    minify: true,
    write: false,
    target,
    format: entry.endsWith(".js") ? "iife" : undefined,
    legalComments: "none",
    charset: "utf8",
    external: ["data:*"],
    plugins,
  });
  return Buffer.from(result.outputFiles[0].contents);
}

/** Repeats the dark tokens for people who let the system decide, so that they are written down once. */
const followSystem = {
  name: "follow-system",
  setup({ onLoad }) {
    onLoad({ filter: /tokens\.css$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      const dark = text.match(/\[data-theme=dark\]\{[^}]*\}/)[0];
      const auto = dark.replace("[data-theme=dark]", "[data-theme=auto]");
      return { contents: `${text}@media screen and (prefers-color-scheme:dark){${auto}}`, loader: "css" };
    });
  },
};

/** Draws the sprite: only the shapes, stroke and size come from the style sheet. */
async function sprite() {
  const names = JSON.parse(await readFile(join(here, "icons.json"), "utf8"));
  const symbols = await Promise.all(
    Object.entries(names).map(async ([name, drawing]) => {
      const svg = await readFile(join(packages, "@tabler/icons/icons/outline", `${drawing}.svg`), "utf8");
      const shapes = svg
        .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, "")
        .replace(/^[\s\S]*?<svg[^>]*>|<\/svg>\s*$/g, "")
        .replace(/\s*\n\s*/g, "")
        .replace(/ \/>/g, "/>");
      return `<symbol id="${name}" viewBox="0 0 24 24">${shapes}</symbol>`;
    }),
  );
  return Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`);
}

/** Copies a font unless it is there already; both are ten megabytes. */
async function font(weight, name) {
  const from = join(packages, "@expo-google-fonts/noto-sans-sc", weight, `NotoSansSC_${weight}.ttf`);
  const to = join(out, "fonts", name);
  const [source, there] = await Promise.all([stat(from), stat(to).catch(() => null)]);
  if (there?.size !== source.size) await copyFile(from, to);
}

const [script, style, icons] = await Promise.all([bundle("app.js"), bundle("app.css", [followSystem]), sprite()]);
const manifest = {};
for (const old of ["app-", "sprite-", "favicon"]) await removeOld(old);
await mkdir(join(out, "fonts"), { recursive: true });
const seal = await readFile(join(here, "src", "favicon.svg"));
for (const [name, bytes] of [["app.js", script], ["app.css", style], ["sprite.svg", icons], ["favicon.svg", seal]]) {
  const [stem, ending] = name.split(".");
  manifest[name] = `${stem}-${hash(bytes)}.${ending}`;
  await writeFile(join(out, manifest[name]), bytes);
}
await font("400Regular", "NotoSansSC-Regular.ttf");
await font("700Bold", "NotoSansSC-Bold.ttf");
await copyFile(join(packages, "@expo-google-fonts/noto-sans-sc", "LICENSE_FONT"), join(out, "fonts", "OFL.txt"));
await writeFile(join(out, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);

/** Removes what an earlier build left behind, so that the folder holds one version of each file. */
async function removeOld(prefix) {
  const names = await readdir(out).catch(() => []);
  await Promise.all(names.filter((name) => name.startsWith(prefix)).map((name) => rm(join(out, name))));
}
