import { expect } from "chai";
import { fetchSegments, type Source } from "../../../node/interface/client/swarm.ts";

const good = (slot: number, asked: number[] = []): Source => ({
  slot,
  fetch: async (first, count) => {
    const indices = Array.from({ length: count }, (_, i) => first + i);
    asked.push(...indices);
    return indices.map((index) => Uint8Array.of(slot, index));
  },
});
const dead = (slot: number): Source => ({ slot, fetch: () => Promise.reject(new Error("connection refused")) });
const hung = (slot: number): Source => ({
  slot,
  fetch: (_first, _count, signal) =>
    new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
});

const first = (count: number) => Array.from({ length: count }, (_, i) => i);

async function collect(sources: Source[], k: number, segments: number, patienceMs = 50) {
  const slots: number[][] = [];
  for await (const pieces of fetchSegments({ segments: first(segments), k, sources, patienceMs })) {
    expect(new Set(pieces.map((piece) => piece.slot)).size).to.equal(k);
    for (const piece of pieces) expect(piece.bytes[1]).to.equal(slots.length);
    slots.push(pieces.map((piece) => piece.slot).sort());
  }
  return slots;
}

describe("swarm", () => {
  it("asks only the k preferred sources while they answer", async () => {
    const spare: number[] = [];
    const slots = await collect([good(0), good(1), good(2, spare)], 2, 6);
    expect(slots).to.deep.equal(Array.from({ length: 6 }, () => [0, 1]));
    expect(spare).to.deep.equal([]);
  });

  it("fetches only the segments that are named, in their order", async () => {
    const asked: number[] = [];
    const found: number[] = [];
    for await (const [piece] of fetchSegments({ segments: [7, 3, 40], k: 1, sources: [good(0, asked)] })) {
      found.push(piece!.bytes[1]!);
    }
    expect(found).to.deep.equal([7, 3, 40]);
    expect(asked).to.deep.equal([7, 3, 40]);
  });

  it("asks for segments that follow each other together, the first alone, no more at once than memory has room for", async () => {
    const runs: [number, number][] = [];
    const counting: Source = {
      slot: 0,
      fetch: async (from, count) => {
        runs.push([from, count]);
        return Array.from({ length: count }, (_, i) => Uint8Array.of(0, from + i));
      },
    };
    const segments = [3, 4, 5, 6, 7, 8, 9, 20, 21, 30];
    const found: number[] = [];
    for await (const [piece] of fetchSegments({ segments, k: 1, sources: [counting] })) found.push(piece!.bytes[1]!);
    expect(found).to.deep.equal(segments);
    expect(runs).to.deep.equal([
      [3, 1],
      [4, 4],
      [8, 2],
      [20, 2],
      [30, 1],
    ]);
    const many = Array.from({ length: 30 }, (_, slot) => ({ ...counting, slot }));
    runs.length = 0;
    for await (const pieces of fetchSegments({ segments: first(4), k: 30, sources: many }))
      expect(pieces).to.have.length(30);
    expect(new Set(runs.map(([, count]) => count))).to.deep.equal(new Set([1]));
  });

  it("takes nothing of a source that comes when the others have already", async () => {
    const late: Source = {
      slot: 0,
      fetch: async (from, count) => {
        await new Promise((resolve) => setTimeout(resolve, 400));
        return Array.from({ length: count }, (_, i) => Uint8Array.of(0, from + i));
      },
    };
    const sources = [late, good(1), good(2), good(3)];
    const slots: number[][] = [];
    for await (const pieces of fetchSegments({ segments: first(6), k: 3, sources, patienceMs: 20 })) {
      slots.push(pieces.map(({ slot }) => slot).sort());
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    expect(slots).to.deep.equal(Array.from({ length: 6 }, () => [1, 2, 3]));
  });

  it("replaces dead and hung sources by spares", async () => {
    const slots = await collect([dead(0), hung(1), good(2), good(3), good(4)], 3, 5);
    expect(slots).to.have.length(5);
    for (const segment of slots) expect(segment).to.deep.equal([2, 3, 4]);
  });

  it("fails with NOT_ENOUGH_PROVIDERS when fewer than k can serve", async () => {
    let code = "";
    await collect([good(0), dead(1), dead(2)], 2, 3).catch((error) => {
      code = error.code;
    });
    expect(code).to.equal("NOT_ENOUGH_PROVIDERS");
  });

  it("ends with the first failure that no other source would mend, and asks nobody else", async () => {
    const spare: number[] = [];
    const broke: Source = { slot: 0, fetch: () => Promise.reject(new Error("the disk is full")) };
    const isFinal = (cause: unknown) => (cause as Error).message === "the disk is full";
    let message = "";
    try {
      for await (const _ of fetchSegments({ segments: first(2), k: 1, sources: [broke, good(1, spare)], isFinal }));
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).to.equal("the disk is full");
    expect(spare).to.deep.equal([]);
  });

  it("stops when its signal is aborted", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("enough")), 20);
    let message = "";
    try {
      for await (const _ of fetchSegments({ segments: first(1), k: 1, sources: [hung(0)], signal: controller.signal }));
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).to.equal("enough");
  });
});
