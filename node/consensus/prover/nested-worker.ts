/** What ffjavascript needs of the `web-worker` package, and works on any thread: that package works on the main one only. */
import { Worker } from "node:worker_threads";

/** Gives the script the few names of a browser's worker that it uses. */
const SCOPE = `
  const { parentPort } = require("node:worker_threads");
  globalThis.self = { postMessage: (message) => parentPort.postMessage(message), close: () => process.exit() };
  parentPort.on("message", (data) => self.onmessage({ data }));
`;

export default class NestedWorker {
  readonly #worker: Worker;

  /** `url`: the script as a base64 data URL. */
  constructor(url: string) {
    const source = Buffer.from(url.slice(url.indexOf(",") + 1), "base64").toString();
    this.#worker = new Worker(SCOPE + source, { eval: true });
  }

  addEventListener(_message: "message", listener: (event: { data: unknown }) => void): void {
    this.#worker.on("message", (data) => listener({ data }));
  }

  postMessage(message: unknown, transfers?: readonly ArrayBuffer[]): void {
    this.#worker.postMessage(message, transfers);
  }
}
