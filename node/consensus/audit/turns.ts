/** Runs `work` on every item, at most `limit` at a time, and answers in the order of the items. Rejects with the first error. */
export async function inTurns<item, result>(
  items: Iterable<item>,
  limit: number,
  work: (item: item) => Promise<result>,
): Promise<result[]> {
  const results: result[] = [];
  const queue = [...items].entries();
  const lane = async () => {
    for (const [i, item] of queue) results[i] = await work(item);
  };
  await Promise.all(Array.from({ length: limit }, lane));
  return results;
}
