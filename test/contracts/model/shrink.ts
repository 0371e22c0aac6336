/** Delta debugging (Zeller and Hildebrandt, 2002): the parts of a failing list that it does not need, left out. */

/**
 * @param fails Whether a part of the list, in its order, still fails.
 * @returns A list that fails, and of which no single element can be left out; `failing` itself has to fail.
 */
export async function shrink<T>(
  failing: readonly T[],
  fails: (part: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let list = failing;
  let parts = 2;
  while (list.length >= 2) {
    const size = Math.ceil(list.length / parts);
    let reduced = false;
    for (let start = 0; start < list.length; start += size) {
      const rest = [...list.slice(0, start), ...list.slice(start + size)];
      if (!(await fails(rest))) continue;
      list = rest;
      parts = Math.max(parts - 1, 2);
      reduced = true;
      break;
    }
    if (reduced) continue;
    if (size === 1) return list;
    parts = Math.min(parts * 2, list.length);
  }
  return list;
}
