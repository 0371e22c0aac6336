// 3-of-5, private, all slots hot: any two of the five provider processes may be hung, slow, dead or lying, and the file comes.

import { randomBytes } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { slotsOf } from "../../../node/consensus/deals.ts";
import { PIECE_BYTES } from "../../../node/data/layout.ts";
import type { Network, Provider } from "../../../scripts/lib/network.ts";
import { newClient, type TestClient } from "../support/client.ts";
import { holdfast, resultOf } from "../support/command-line.ts";
import { sharedNetwork } from "../support/network.ts";
import { type Trouble, troubles } from "../support/troubled-providers.ts";

/** The first two are the worst: a get prefers the slots that need no decoding. */
const pairs: readonly (readonly [number, number])[] = process.env.HOLDFAST_LONG
  ? [0, 1, 2, 3, 4].flatMap((a) => [0, 1, 2, 3, 4].filter((b) => b > a).map((b) => [a, b] as const))
  : [[0, 1]];

/** What a client may wait once, whatever the file's size: for an answer that never comes, and for a spare (3 s), and its grace. */
const ONCE_MS = 4_000;

describe("any two of five providers", function () {
  this.timeout(300_000);
  const original = randomBytes(9 * PIECE_BYTES + 11);
  let network: Network;
  let client: TestClient;
  let dealKey: `0x${string}`;
  let holders: Provider[];

  /** Milliseconds of a get that gives back every byte. */
  const timedGet = async (): Promise<number> => {
    const output = path.join(client.folder, "back");
    const began = performance.now();
    const outcome = await holdfast(["client", "get", "film.mkv", "--output", output, "--force", ...client.options]);
    const took = performance.now() - began;
    resultOf(outcome);
    expect(readFileSync(output).equals(original)).to.equal(true);
    rmSync(output);
    return took;
  };

  before(async () => {
    network = await sharedNetwork();
    client = await newClient(network, "any-two");
    const file = path.join(client.folder, "film.mkv");
    writeFileSync(file, original);
    const shape = ["--data-shards", "3", "--total", "5", "--windows", "200"];
    const put = await holdfast(["client", "put", file, ...shape, ...client.options]);
    ({ dealKey } = resultOf<{ dealKey: `0x${string}` }>(put));
    const replicas = await slotsOf(network.chain, dealKey);
    holders = replicas.map(({ offer }) => network.providers.find(({ address }) => address === offer.provider)!);
    expect(new Set(holders).size).to.equal(5);
    await timedGet(); // opens the payment channels once and for all
  });

  for (const trouble of troubles) {
    for (const pair of pairs) {
      it(`that are ${trouble.name} (slots ${pair.join(" and ")}) cost a get at most its own time again`, async () => {
        const alone = await timedGet();
        const recover = await beginAll(trouble, pair);
        try {
          const took = await timedGet();
          expect(took, `${took} ms against ${alone} ms`).to.be.lessThan(2 * alone + ONCE_MS);
        } finally {
          await Promise.all(recover.map((end) => end()));
        }
      });
    }
  }

  function beginAll(trouble: Trouble, pair: readonly number[]) {
    return Promise.all(pair.map((slot) => trouble.begin(network, holders[slot]!, { dealKey, slot })));
  }
});
