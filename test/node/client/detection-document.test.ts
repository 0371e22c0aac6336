import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { detectionTable } from "../../../node/interface/client/preview-put.ts";

const page = readFileSync(path.resolve(import.meta.dirname, "../../../docs/client.md"), "utf8");
const percent = (share: number) =>
  share >= 1 ? "100 %" : share > 0.9995 ? "> 99.9 %" : `${(100 * share).toPrecision(3)} %`;

describe("the table of docs/client.md", () => {
  it("is what put --explain computes for K = 4, 12 windows and a lane with nothing else in it", () => {
    for (const line of detectionTable({ challenges: 4, windows: 12, share: 1 })) {
      const { lost, beforePaying, perWindow, perDeal } = line;
      const row = [`${100 * lost} %`, percent(beforePaying), percent(perWindow), percent(perDeal)];
      expect(page).to.include(`| ${row.join(" | ")} |`);
    }
  });

  it("falls with what else is in the lane", () => {
    const alone = detectionTable({ challenges: 4, windows: 12, share: 1 });
    const crowded = detectionTable({ challenges: 4, windows: 12, share: 0.01 });
    for (const [i, { perWindow, beforePaying }] of crowded.entries()) {
      expect(perWindow).to.be.lessThan(alone[i]!.perWindow);
      expect(beforePaying).to.equal(alone[i]!.beforePaying);
    }
  });
});
