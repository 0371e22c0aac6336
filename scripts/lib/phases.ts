// Progress for people: a line when a phase starts, what it is waiting for while it lasts, and what it took.

export type Phases = {
  /** Runs `work` under a title; `tell` replaces the line that says what is happening right now. */
  run<T>(title: string, work: (tell: (text: string) => void) => Promise<T>): Promise<T>;
  /** Seconds per finished phase, in order. */
  readonly taken: ReadonlyMap<string, number>;
};

/** Writes to `out`; on a terminal the current line is redrawn, elsewhere a line is printed when it changes. */
export function createPhases(out: NodeJS.WriteStream, now: () => number = performance.now.bind(performance)): Phases {
  const taken = new Map<string, number>();
  return {
    taken,
    async run(title, work) {
      const start = now();
      const seconds = () => ((now() - start) / 1000).toFixed(1);
      let text = "";
      const draw = () => {
        if (out.isTTY) out.write(`\r\x1b[2K  ${title}: ${text} ${seconds()} s`);
      };
      out.write(`> ${title}\n`);
      const timer = setInterval(draw, 500);
      try {
        return await work((line) => {
          if (line === text) return;
          text = line;
          if (out.isTTY) draw();
          else out.write(`    ${line}\n`);
        });
      } finally {
        clearInterval(timer);
        taken.set(title, (now() - start) / 1000);
        out.write(`${out.isTTY ? "\r\x1b[2K" : ""}  ${title}: ${seconds()} s\n`);
      }
    },
  };
}
