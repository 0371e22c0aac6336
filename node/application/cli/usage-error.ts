import { HoldfastError } from "../../common/errors.ts";

/** The command line itself is wrong: exit code 2. */
export class UsageError extends HoldfastError {
  override readonly name = "UsageError";

  constructor(message: string, details: Record<string, unknown> = {}) {
    super("USAGE", message, { details });
  }
}

/** The word out of `known` that is nearest to `word`; undefined when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(word.length / 2)) + 1;
  for (const candidate of known) {
    // A word may also be a mistyped beginning: `--passwrd` means --password-file.
    const beginning = candidate.slice(0, word.length + 1);
    const distance = Math.min(editDistance(word, candidate), 1 + editDistance(word, beginning));
    if (distance < least) {
      best = candidate;
      least = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + same));
    }
    row = next;
  }
  return row[b.length]!;
}
