/** Writes docs/errors.md. */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { errorsDocument } from "./lib/errors-document.ts";

const root = path.resolve(import.meta.dirname, "..");
const target = path.join(root, "docs", "errors.md");
await writeFile(target, errorsDocument(root));
console.log(target);
