/** Modules that are named by their URL, as threads are: TypeScript in the repository, JavaScript in the published package. */

/** `name` without its ending, relative to the module whose `import.meta.url` is `here`, in the language of that module. */
export function siblingModule(here: string, name: string): URL {
  return new URL(`${name}${here.endsWith(".ts") ? ".ts" : ".js"}`, here);
}
