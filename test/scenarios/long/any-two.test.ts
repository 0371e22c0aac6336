// 3-of-5, private, all slots hot: any two of the five provider processes may be hung, slow, dead or lying, and the file comes.

import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { slotsOf } from "../../../node/consensus/deals.ts";
import { PIECE_BYTES } from "../../../node/data/layout.ts";
import { type Network, type Provider, startNetwork } from "../../../scripts/lib/network.ts";
import { newClient, type TestClient } from "../support/client.ts";
import { holdfast, resultOf } from "../support/command-line.ts";
import { sharedNetwork } from "../support/network.ts";
import { type Trouble, troubles } from "../support/troubled-providers.ts";

const LONG = process.env.HOLDFAST_LONG !== undefined;

/** The first two are the worst: a get prefers the slots that need no decoding. */
const pairs: readonly (readonly [number, number])[] = LONG
  ? [0, 1, 2, 3, 4].flatMap((a) => [0, 1, 2, 3, 4].filter((b) => b > a).map((b) => [a, b] as const))
  : [[0, 1]];

/**
 * What a client may wait once, whatever the file's size: for an answer that never comes, and for a spare (3 s), and its grace. It
 * counts for a file that is there in a second; the long run has one that takes longer, and allows nothing.
 */
const ONCE_MS = LONG ? 0 : 4_000;
const FILE_BYTES = LONG ? 64 * 2 ** 20 : 9 * PIECE_BYTES + 11;

describe("any two of five providers", function () {
  this.timeout(300_000);
  const original = randomBytes(FILE_BYTES);
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

  let stopOwn = async (): Promise<void> => {};
  after(() => stopOwn());

  before(async () => {
    network = LONG ? await ownNetwork() : await sharedNetwork();
    client = await newClient(network, "any-two", "50");
    const file = path.join(client.folder, "film.mkv");
    writeFileSync(file, original);
    const shape = ["--data", "3", "--total", "5", "--windows", "200"];
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
        // A provider that has just started again, to lie, is busy with itself, and this machine with it.
        if (LONG && trouble.name === "lying") await sleep(10_000);
        try {
          const took = await timedGet();
          expect(took, `${took} ms against ${alone} ms`).to.be.lessThan(2 * alone + ONCE_MS);
        } finally {
          await Promise.all(recover.map((end) => end()));
        }
      });
    }
  }

  /** The shared network's small circuit takes replicas of a megabyte at most. */
  async function ownNetwork(): Promise<Network> {
    const folder = mkdtempSync(path.join(tmpdir(), "holdfast-any-two-"));
    const tokens = { provider: "100", client: "1", stake: "50" };
    const own = await startNetwork({ folder, providers: 5, tokens, tell: () => {} });
    stopOwn = async () => {
      await own.stop();
      rmSync(folder, { recursive: true, force: true });
    };
    return own;
  }

  function beginAll(trouble: Trouble, pair: readonly number[]) {
    return Promise.all(pair.map((slot) => trouble.begin(network, holders[slot]!, { dealKey, slot })));
  }
});
