// What the run must show. A fact that does not hold is printed and makes the exit code 1.

export type Facts = {
  /** Records a fact; `detail` is what was found. */
  check(held: boolean, sentence: string, detail?: string): void;
  readonly all: readonly { readonly held: boolean; readonly sentence: string; readonly detail: string }[];
  readonly failed: number;
};

export function createFacts(): Facts {
  const all: { held: boolean; sentence: string; detail: string }[] = [];
  return {
    check(held, sentence, detail = "") {
      all.push({ held, sentence, detail });
    },
    all,
    get failed() {
      return all.filter(({ held }) => !held).length;
    },
  };
}
