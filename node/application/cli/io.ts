// What a command may do with the terminal: talk on stderr, ask for a password, hear that it should stop.

import { HoldfastError } from "../../common/errors.ts";
import { readPasswordFile } from "../../consensus/keystore.ts";
import type { Settings } from "./settings.ts";

export interface Io {
  /** Bytes on stdout, for a command whose result is bytes; waits while the reader is behind. */
  write(bytes: Uint8Array): Promise<void>;
  /** A line on stderr: stdout is kept for the result. */
  log(line: string): void;
  /** A line on stderr that the next one replaces, where stderr is a terminal. */
  progress(line: string): void;
  /**
   * The password of the key: from the file in `settings`, else asked for without echo (twice with `confirm`).
   * Throws `PASSWORD_NEEDED` when there is nobody to ask.
   */
  password(settings: Settings, options?: { confirm?: boolean }): Promise<string>;
  /** Aborted at the first Ctrl-C or SIGTERM; a command that looks at it must end by itself. The second one kills. */
  readonly signal: AbortSignal;
}

/** The terminal of this process. */
export function processIo(): Io {
  const { stderr } = process;
  let replace = false;
  let abort: AbortController | undefined;
  const clear = () => {
    if (replace) stderr.write("\r\x1b[K");
    replace = false;
  };
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()));
      }),
    log(line) {
      clear();
      stderr.write(`${line}\n`);
    },
    progress(line) {
      clear();
      stderr.write(stderr.isTTY ? line.slice(0, Math.max(20, stderr.columns - 1)) : `${line}\n`);
      replace = stderr.isTTY;
    },
    async password(settings, { confirm = false } = {}) {
      if (settings.passwordFile !== undefined) return readPasswordFile(settings.passwordFile);
      if (!process.stdin.isTTY) {
        throw new HoldfastError(
          "PASSWORD_NEEDED",
          "There is no terminal to ask for the password; give --password-file.",
        );
      }
      clear();
      const password = await askHidden("Password: ");
      if (confirm && (await askHidden("Again: ")) !== password) {
        throw new HoldfastError("BAD_PASSWORD", "The two passwords differ; start again.");
      }
      return password;
    },
    // Created when first looked at: a command that never looks dies of Ctrl-C as usual.
    get signal() {
      if (abort === undefined) {
        const controller = new AbortController();
        const stop = (name: NodeJS.Signals) => {
          if (controller.signal.aborted) process.exit(name === "SIGINT" ? 130 : 143);
          controller.abort(
            new HoldfastError(
              "CANCELLED",
              "Stopped as asked; the same command goes on where it was, or starts afresh.",
            ),
          );
        };
        process.on("SIGINT", stop).on("SIGTERM", stop);
        abort = controller;
      }
      return abort.signal;
    },
  };
}

/** Reads a line from the terminal without showing it. */
function askHidden(question: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(question);
  stdin.setRawMode(true);
  stdin.setEncoding("utf8");
  stdin.resume();
  return new Promise((resolve, reject) => {
    let typed = "";
    const finish = (done: () => void) => {
      stdin.off("data", onData);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write("\n");
      done();
    };
    const onData = (text: string) => {
      for (const key of text) {
        if (key === "\r" || key === "\n") return finish(() => resolve(typed));
        if (key === "\u0003" || key === "\u0004") {
          return finish(() => reject(new HoldfastError("CANCELLED", "Cancelled; nothing was changed.")));
        }
        if (key === "\u007f" || key === "\b") typed = [...typed].slice(0, -1).join("");
        else typed += key;
      }
    };
    stdin.on("data", onData);
  });
}
