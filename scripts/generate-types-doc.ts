/** Writes docs/types.md. */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { typesDocument } from "./lib/types-document.ts";

const root = path.resolve(import.meta.dirname, "..");
const target = path.join(root, "docs", "types.md");
await writeFile(target, typesDocument(root));
console.log(target);
