import { expect } from "chai";
import { random } from "../../fixtures/random.ts";
import { formatSteps, parseSteps, randomSteps } from "./sequence.ts";
import { shrink } from "./shrink.ts";

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

describe("shrinking a failing sequence", () => {
  it("leaves exactly the steps that the failure needs, in their order", async () => {
    const { between } = random("shrink");
    for (let round = 0; round < 50; round++) {
      const length = between(1, 200);
      const needed = numbers(length).filter(() => between(0, 40) === 0);
      const least = await shrink(numbers(length), async (part) => needed.every((step) => part.includes(step)));
      // Nobody can say less than one step.
      expect(needed.length === 0 ? least.length : least).to.deep.equal(needed.length === 0 ? 1 : needed);
    }
  });

  it("asks a number of times that a sequence of two hundred steps can afford", async () => {
    let asked = 0;
    await shrink(numbers(200), async (part) => {
      asked++;
      return part.includes(17) && part.includes(140);
    });
    expect(asked).to.be.below(60);
  });

  it("keeps every step when each is needed", async () => {
    const all = numbers(9);
    expect(await shrink(all, async (part) => part.length === 9)).to.deep.equal(all);
  });
});

describe("a sequence of random steps", () => {
  it("is the same for the same seed, and another for another", () => {
    expect(randomSteps("a", 50)).to.deep.equal(randomSteps("a", 50));
    expect(randomSteps("a", 50)).to.not.deep.equal(randomSteps("b", 50));
  });

  it("comes back from the text that a failure prints", () => {
    const steps = randomSteps("text", 50);
    expect(parseSteps(formatSteps(steps))).to.deep.equal(steps);
  });
});
