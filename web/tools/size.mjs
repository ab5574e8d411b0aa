// Fails the build when the page's script grows beyond what a slow connection should be asked for.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const LIMIT = 150 * 1024;
const folder = new URL("../../crates/serve/page/dist/assets", import.meta.url).pathname;
const scripts = readdirSync(folder).filter((name) => name.endsWith(".js"));
const sizes = scripts.map((name) => [name, gzipSync(readFileSync(join(folder, name))).length]);
const total = sizes.reduce((sum, [, size]) => sum + size, 0);
for (const [name, size] of sizes) console.log(`${name}  ${(size / 1024).toFixed(1)} KB gzip`);
console.log(`script in total ${(total / 1024).toFixed(1)} KB gzip, limit ${LIMIT / 1024} KB`);
if (total > LIMIT) process.exit(1);
