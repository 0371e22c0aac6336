import { expect } from "chai";
import { downloadFee, downloadReward, MAX_REWARD_BPS, rewardPerWindow } from "../../../node/data/rewards.ts";
import { protocolFee } from "../../../node/data/settlement.ts";

/** From one base unit to all the tokens there could ever be, with the neighbours of the roundings. */
const PRICES = [1n, 2n, 33n, 34n, 333n, 334n, 9_999n, 10_000n, 10_001n, 10n ** 14n, 10n ** 14n + 1n, 2n ** 128n - 1n];
const WINDOWS = [1n, 2n, 3n, 40n, 255n, 256n, 1_000n, 65_535n];
const SLOTS = [1n, 2n, 5n, 48n];
const FEES = [1n, 2n, 100n, 300n, 3_333n, 10_000n];
const SHARES = [0n, 1n, 5_000n, 8_999n, MAX_REWARD_BPS];

describe("dealing with oneself", () => {
  it("loses at least a tenth of the fee at every price, duration, number of replicas, fee and reward", () => {
    for (const price of PRICES)
      for (const windows of WINDOWS)
        for (const slots of SLOTS)
          for (const feeBps of FEES)
            for (const rewardBps of SHARES) {
              const fee = protocolFee(price * windows * slots, feeBps);
              const reward = slots * windows * rewardPerWindow(price, feeBps, rewardBps);
              const loss = fee - reward;
              if (loss <= 0n || 10n * loss < fee) {
                expect.fail(`price ${price}, ${windows} windows, ${slots} slots: fee ${fee}, reward ${reward}`);
              }
            }
  });

  it("loses at least a tenth of the fee on every strict download, however it is cut", () => {
    for (const price of PRICES)
      for (const parts of [1n, 2n, 7n, 1_000n])
        for (const feeBps of FEES)
          for (const rewardBps of SHARES) {
            const fee = parts * downloadFee(price, feeBps);
            const loss = fee - parts * downloadReward(price, feeBps, rewardBps);
            if (loss <= 0n || 10n * loss < fee) expect.fail(`price ${price}, ${parts} parts: fee ${fee}, loss ${loss}`);
          }
  });

  it("would be free at a reward of the whole fee", () => {
    const price = 10_000n;
    expect(protocolFee(price, 300n) - rewardPerWindow(price, 300n, 10_000n)).to.equal(0n);
  });
});
