/** Import this before snarkjs or ffjavascript on a worker thread: `web-worker` becomes one that can start threads there. */
import { registerHooks } from "node:module";

const replacement = new URL("nested-worker.ts", import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "web-worker"
      ? { url: replacement, format: "module-typescript", shortCircuit: true }
      : next(specifier, context),
});
