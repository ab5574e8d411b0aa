// Makes src/api/schema.ts from the API's description, or says with --check whether it is up to date.
import { readFileSync, writeFileSync } from "node:fs";
import openapi, { astToString } from "openapi-typescript";

const at = (path) => new URL(path, import.meta.url);
const document = JSON.parse(readFileSync(at("../../../crates/serve/openapi.json"), "utf8"));

/** The client brings numbers that are not finite back to what they are: in the page a number is a number. */
function plain(schema) {
  if (Array.isArray(schema)) return schema.map(plain);
  if (typeof schema !== "object" || schema === null) return schema;
  const number = schema.anyOf?.some((one) => one.$ref === "#/components/schemas/NotFinite");
  const { anyOf, ...rest } = schema;
  const kept = number ? { ...rest, ...anyOf[0] } : { ...schema };
  // What a tuple's items are says how many there are.
  if (kept.prefixItems) delete kept.minItems, delete kept.maxItems;
  return Object.fromEntries(Object.entries(kept).map(([key, value]) => [key, plain(value)]));
}

const told = plain(document);
delete told.components.schemas.NotFinite;
const text = astToString(await openapi(told, { rootTypes: true, arrayLength: true, rootTypesNoSchemaPrefix: true, alphabetize: false, defaultNonNullable: false }));
const made = `// Made from crates/serve/openapi.json by \`npm run types\`. Not to be changed by hand.\n${text}`;
const file = at("../../src/api/schema.ts");
if (process.argv.includes("--check")) {
  if (readFileSync(file, "utf8") === made) process.exit(0);
  console.error("src/api/schema.ts is not what the API's description says: npm run types");
  process.exit(1);
}
writeFileSync(file, made);
