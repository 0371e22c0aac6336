/** Text with insertions: an edit wraps a piece of a file, and edits may lie inside one another. */

/** Puts `before` in front of and `after` behind the bytes from `from` to `to`. */
export interface Wrap {
  readonly from: number;
  readonly to: number;
  readonly before: string;
  readonly after: string;
}

/** The source with all wraps; of two that begin at the same place the longer one is the outer. */
export function applyWraps(source: string, wraps: readonly Wrap[]): string {
  const bytes = Buffer.from(source, "utf8"); // the compiler counts bytes
  const insertions = wraps.flatMap(({ from, to, before, after }) => [
    { at: from, text: before, opens: true, length: to - from },
    { at: to, text: after, opens: false, length: to - from },
  ]);
  // At one place: what ends comes before what begins; inner ends first, outer beginnings first.
  insertions.sort(
    (a, b) => a.at - b.at || Number(a.opens) - Number(b.opens) || (a.opens ? b.length - a.length : a.length - b.length),
  );
  let out = "";
  let done = 0;
  for (const { at, text } of insertions) {
    out += bytes.toString("utf8", done, at) + text;
    done = at;
  }
  return out + bytes.toString("utf8", done);
}

/** Line of a byte offset, from 1. */
export function lineAt(source: string, offset: number): number {
  const bytes = Buffer.from(source, "utf8");
  let line = 1;
  for (let i = 0; i < offset; i++) if (bytes[i] === 10) line++;
  return line;
}
