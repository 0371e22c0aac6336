import { expect } from "chai";
import { dryRunResult, previewLines } from "../../../node/application/cli/put-lines.ts";
import { parseAmount } from "../../../node/common/amounts.ts";
import { aboveBudget } from "../../../node/interface/client/begin-put.ts";
import type { PutPreview } from "../../../node/interface/client/preview-put.ts";

const tokens = (text: string) => parseAmount(text, "test");
const preview: PutPreview = {
  ...{ bytes: 1_000, folder: false, k: 3, n: 5, e: 5, windows: 12, replicaBytes: 253_952, fill: 0.9 },
  slots: [{ slot: 0, provider: "0xa", price: tokens("0.01") }],
  ...{ escrow: tokens("2"), fee: tokens("0.5"), total: tokens("2.5"), balance: tokens("2.5"), download: tokens("0.1") },
  risk: {
    ...{ fee: tokens("0.5"), coolingOff: 8, leaving: 0n, compensation: 0n, spare: 2, unsent: 0n },
  },
  ranking: [
    {
      ...{ provider: "0xa", verdict: "same operator", score: 0, price: 1n, collateral: 1n, retrievalPrice: 1n },
      factors: [
        { name: "operator", found: "0xe, whose lane 0xb is better", value: 0 },
        { name: "network", found: "10.1.0.0/16, where 0xb was chosen before it", value: 0.5 },
      ],
    },
  ],
  ...{ refused: [], detection: [] },
};

describe("a dry run of a put", () => {
  it("says whether what the client has suffices, to the last base unit, and is no bad news either way", () => {
    expect(previewLines(preview, false)).to.include("  2.5  is what you have, which suffices");
    const short = { ...preview, balance: preview.balance - tokens("0.2") };
    expect(previewLines(short, false)).to.include("  2.3  is what you have: 0.2 too little");
    const last = previewLines({ ...preview, balance: preview.balance - 1n }, false);
    expect(last.filter((line) => line.includes("too little"))).to.have.length(1);
    expect(dryRunResult(short, false).failed).to.equal(undefined);
  });

  it("ends with the sentence that put refuses with when the budget is lower, and then it is bad news", () => {
    const refusal = aboveBudget(preview.total, tokens("2.4"))!;
    const { text, data, failed } = dryRunResult({ ...preview, refusal }, false);
    expect(text.split("\n").at(-1)).to.equal("The deal would cost 2.5 tokens and the budget is 2.4; nothing was paid.");
    expect(text).to.include("  2.5  in all");
    expect(failed).to.equal(true);
    const { message } = refusal;
    const details = { total: preview.total, budget: tokens("2.4") };
    expect(data).to.deep.equal({ ...preview, error: { code: "ABOVE_BUDGET", message, details } });
  });

  it("is good news at the budget and without one", () => {
    for (const budget of [preview.total, undefined]) {
      expect(aboveBudget(preview.total, budget)).to.equal(undefined);
    }
    const { text, data, failed } = dryRunResult(preview, false);
    expect(failed).to.equal(undefined);
    expect(text).not.to.include("budget");
    expect(data).to.deep.equal(preview);
  });

  it("says of a folder that it may become cheaper", () => {
    expect(previewLines({ ...preview, folder: true }, false)[1]).to.match(/the most.*stored already/);
    expect(previewLines(preview, false).join("\n")).not.to.include("stored already");
  });

  it("prints operator and network of a provider like its other factors, only when asked to explain", () => {
    const lines = previewLines(preview, true);
    const at = lines.indexOf("  0xa  0.0000  same operator");
    expect(lines.slice(at + 1, at + 3)).to.deep.equal([
      "    operator   0.000  0xe, whose lane 0xb is better",
      "    network    0.500  10.1.0.0/16, where 0xb was chosen before it",
    ]);
    expect(previewLines(preview, false).join("\n")).not.to.include("same operator");
  });
});
