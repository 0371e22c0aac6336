import { expect } from "chai";
import { createPayer, MAX_INCREMENT, type Payer } from "../../../node/incentive/payer.ts";

/** A provider that keeps honest books. */
function honestBooks(price: bigint, before = { cumulative: 0n, spent: 0n }) {
  const books = { ...before, steps: [] as bigint[] };
  return {
    books,
    pay: async (cumulative: bigint) => {
      books.steps.push((cumulative - books.cumulative) / price);
      books.cumulative = cumulative;
      return { cumulative, spent: books.spent };
    },
  };
}

async function fetchAll(pieces: number, payer: Payer, onCovered: () => void) {
  for (let i = 0; i < pieces; i++) {
    await payer.cover();
    onCovered();
    payer.delivered();
  }
}

describe("payer", () => {
  it("grows its increments from one piece to 32 and pays for exactly what it fetches", async () => {
    const { books, pay } = honestBooks(5n);
    const payer = createPayer({ price: 5n, pieces: 100, promised: 0n, pay });
    await fetchAll(100, payer, () => {
      books.spent += 5n;
    });
    expect(books.steps).to.deep.equal([1n, 2n, 4n, 8n, 16n, 32n, 32n, 5n]);
    expect(books.cumulative).to.equal(500n);
    expect(payer.total).to.equal(500n);
  });

  it("has never promised more than one increment beyond what was sent", async () => {
    const { books, pay } = honestBooks(3n);
    const payer = createPayer({ price: 3n, pieces: 200, promised: 0n, pay });
    await fetchAll(200, payer, () => {
      expect(books.cumulative - books.spent <= BigInt(MAX_INCREMENT) * 3n).to.equal(true);
      books.spent += 3n;
    });
  });

  it("covers pieces that are asked for at the same time once each", async () => {
    const { books, pay } = honestBooks(1n);
    const payer = createPayer({ price: 1n, pieces: 10, promised: 0n, pay });
    await Promise.all(Array.from({ length: 10 }, () => payer.cover().then(payer.delivered)));
    expect(books.cumulative).to.equal(10n);
  });

  it("pays one piece, however many are wanted side by side, until that piece has come", async () => {
    const { books, pay } = honestBooks(1n);
    const payer = createPayer({ price: 1n, pieces: 10, promised: 0n, pay });
    const covers = Array.from({ length: 8 }, () => payer.cover());
    await covers[0];
    await new Promise((resolve) => setImmediate(resolve));
    expect(books.cumulative).to.equal(1n);
    payer.delivered();
    await covers[2];
    await new Promise((resolve) => setImmediate(resolve));
    expect(books.cumulative).to.equal(3n);
    payer.fail(new Error("wrong bytes"));
    const late = await Promise.allSettled(covers);
    expect(late.filter(({ status }) => status === "fulfilled")).to.have.length(3);
    expect(books.cumulative).to.equal(3n);
  });

  it("promises nothing for pieces that cost nothing", async () => {
    const { books, pay } = honestBooks(5n);
    const payer = createPayer({ price: 5n, pieces: 10, promised: 0n, pay });
    payer.free(8);
    await fetchAll(2, payer, () => {
      books.spent += 5n;
    });
    expect(books.steps).to.deep.equal([1n, 1n]);
  });

  it("covers of a run what needs no waiting, and no voucher is for more than without runs", async () => {
    const { books, pay } = honestBooks(5n);
    const payer = createPayer({ price: 5n, pieces: 100, promised: 0n, pay });
    const covered: number[] = [];
    for (let came = 0; came < 100; ) {
      for (let run = Math.min(4, 100 - came); run > 0; ) {
        const some = await payer.cover(run);
        expect(some).to.be.within(1, run);
        covered.push(some);
        payer.delivered(some);
        books.spent += 5n * BigInt(some);
        run -= some;
        came += some;
      }
      expect(books.cumulative - books.spent <= BigInt(MAX_INCREMENT) * 5n).to.equal(true);
    }
    expect(books.steps).to.deep.equal([1n, 2n, 4n, 8n, 16n, 32n, 32n, 5n]);
    expect(covered.slice(0, 4)).to.deep.equal([1, 2, 1, 3]);
    expect(books.cumulative).to.equal(500n);
  });

  it("covers a whole run at once where nothing is charged", async () => {
    const payer = createPayer({ price: 0n, pieces: 9, promised: 0n, pay: () => Promise.reject(new Error("asked")) });
    expect(await payer.cover(4)).to.equal(4);
  });

  it("uses what was covered and not asked for before it pays more", async () => {
    const { books, pay } = honestBooks(1n);
    const payer = createPayer({ price: 1n, pieces: 3, promised: 0n, pay });
    await payer.cover();
    payer.unused();
    await payer.cover();
    expect(books.cumulative).to.equal(1n);
  });

  it("refuses a provider that says the new voucher is spent before it sent anything for it", async () => {
    const payer = createPayer({
      price: 5n,
      pieces: 4,
      promised: 20n,
      pay: async (cumulative) => ({ cumulative, spent: cumulative }),
    });
    const outcome = await payer.cover().then(
      () => "covered",
      (error: { code: string }) => error.code,
    );
    expect(outcome).to.equal("BAD_CREDIT");
  });

  it("uses what an earlier retrieval left over before it promises more", async () => {
    const { books, pay } = honestBooks(2n, { cumulative: 20n, spent: 14n });
    const payer = createPayer({ price: 2n, pieces: 4, promised: 20n, pay });
    await fetchAll(4, payer, () => {
      books.spent += 2n;
    });
    expect(books.cumulative).to.equal(22n);
  });

  it("pays nothing to a provider that charges nothing", async () => {
    const payer = createPayer({ price: 0n, pieces: 3, promised: 0n, pay: () => Promise.reject(new Error("asked")) });
    await fetchAll(3, payer, () => {});
    expect(payer.total).to.equal(0n);
  });

  for (const [lie, answer] of [
    ["a higher balance than was ever promised", { cumulative: 99n, spent: 0n }],
    ["more spent than was promised", { cumulative: 1n, spent: 2n }],
  ] as const) {
    it(`refuses a provider that claims ${lie}`, async () => {
      const payer = createPayer({ price: 1n, pieces: 3, promised: 0n, pay: async () => answer });
      let code = "";
      await payer.cover().catch((error) => {
        code = error.code;
      });
      expect(code).to.equal("BAD_CREDIT");
    });
  }
});
