// How the gateway spends: its client, in memory, counts what it is asked to do.

import { expect } from "chai";
import type { Client, PutResult, StoredFile } from "holdfast";
import { createClientStore, type StoreTerms } from "../../../node/application/gateway-store.ts";
import { HoldfastError } from "../../../node/common/errors.ts";

interface Asked {
  readonly verb: string;
  readonly budget?: bigint | undefined;
}

const SHAPE: StoreTerms = { budget: 100n, k: 2, n: 4, windows: 40, public: true };

/** Each put costs 40, each read 30. */
function spending(terms: StoreTerms, files: StoredFile[] = []) {
  const asked: Asked[] = [];
  let under = 0;
  const alone = async <T>(verb: Asked, result: T): Promise<T> => {
    expect(++under, "one at a time").to.equal(1);
    asked.push(verb);
    await new Promise((resolve) => setTimeout(resolve, 5));
    under--;
    return result;
  };
  const client = {
    put: (_: string, { budget }: { budget: bigint }) =>
      alone({ verb: "put", budget }, { escrow: 38n, fee: 2n, dealKey: "0x1", capability: "c" } as PutResult),
    async *cat(_: string, { onPaid }: { onPaid: (amount: bigint) => void }) {
      await alone({ verb: "cat" }, undefined);
      yield new Uint8Array(1);
      onPaid(30n);
    },
    rm: () => alone({ verb: "rm" }, undefined),
    ls: async () => files,
  } as unknown as Client;
  return { asked, client, store: createClientStore(client, terms, new AbortController().signal) };
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => "done",
    (cause: unknown) => (cause as HoldfastError).code,
  );
}

async function readAll(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of bytes);
}

describe("the gateway's client", () => {
  const range = { offset: 0, length: 1 };
  const { signal } = new AbortController();

  it("lets no object cost more than its budget, nor more than what is left of the total", async () => {
    const { store, asked } = spending({ ...SHAPE, totalBudget: 150n });
    for (let i = 0; i < 4; i++) await store.put("path", "name");
    expect(asked.map(({ budget }) => budget)).to.deep.equal([100n, 100n, 70n, 30n]);
    expect(await codeOf(store.put("path", "name"))).to.equal("ABOVE_BUDGET");
    expect(asked).to.have.length(4);
  });

  it("counts what is read, and reads nothing more once the total is spent", async () => {
    const { store } = spending({ ...SHAPE, totalBudget: 60n });
    for (let i = 0; i < 2; i++) await readAll(store.read("c", range, signal));
    expect(await codeOf(readAll(store.read("c", range, signal)))).to.equal("ABOVE_BUDGET");
    expect(await codeOf(store.put("path", "name"))).to.equal("ABOVE_BUDGET");
  });

  it("does one thing at a time, in the order they were asked for, and a reader that stops early holds up nobody", async () => {
    const { store, asked } = spending(SHAPE);
    const stopping = (async () => {
      for await (const _ of store.read("c", range, signal)) break;
    })();
    await Promise.all([stopping, store.put("a", "a"), store.end("c"), readAll(store.read("c", range, signal))]);
    expect(asked.map(({ verb }) => verb)).to.deep.equal(["cat", "put", "rm", "cat"]);
  });

  it("takes a deal that no chain knows for ended, and no other failure", async () => {
    const { store, client } = spending(SHAPE);
    for (const [code, outcome] of [
      ["DEAL_UNKNOWN", "done"],
      ["CHAIN_UNREACHABLE", "CHAIN_UNREACHABLE"],
    ] as const) {
      client.rm = async () => {
        throw new HoldfastError(code, "no");
      };
      expect(await codeOf(store.end("c"))).to.equal(outcome);
    }
  });

  it("calls public only what was stored to be published, is no folder and has not ended", async () => {
    const file = { name: "a", size: 1, cid: "b", capability: "c", threshold: 2, slots: 4, windows: 1, storedAt: "" };
    const found = async (more: Partial<StoredFile>) => {
      const { store } = spending(SHAPE, [{ ...file, dealKey: "0x1", ...more }]);
      return await store.findPublic("b");
    };
    expect(await found({ hot: 2 })).to.deep.equal({ dealKey: "0x1", capability: "c", name: "a", size: 1 });
    for (const more of [{}, { hot: 4 }, { hot: 2, endedAt: "x" }, { hot: 2, name: "a/" }, { hot: 2, cid: "other" }]) {
      expect(await found(more), JSON.stringify(more)).to.equal(undefined);
    }
  });
});
