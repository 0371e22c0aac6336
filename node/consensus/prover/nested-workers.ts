/** Import this before snarkjs or ffjavascript on a worker thread: `web-worker` becomes one that can start threads there. */
import { registerHooks } from "node:module";
import { siblingModule } from "../../common/sibling-module.ts";

const replacement = siblingModule(import.meta.url, "nested-worker").href;
const format = replacement.endsWith(".ts") ? "module-typescript" : "module";

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "web-worker" ? { url: replacement, format, shortCircuit: true } : next(specifier, context),
});
