import { expect } from "chai";
import { compareCounts, readTrackedCounts } from "../../scripts/lib/constraint-counts.ts";
import { randomOpenings } from "../../scripts/lib/random-openings.ts";
import { openCircuit, root } from "./lib/circuit.ts";

describe("what circuits are measured with", () => {
  it("is a statement that holds, and of its wires 19 in 20 have a value of their own", async () => {
    const circuit = await openCircuit("dev");
    const { values } = await circuit.witness(randomOpenings(circuit));
    const times = new Map<string, number>();
    for (let i = 0; i < values.length; i += 32) {
      const wire = Buffer.from(values.subarray(i, i + 32)).toString("hex");
      times.set(wire, (times.get(wire) ?? 0) + 1);
    }
    const alone = [...times.values()].filter((count) => count === 1).length;
    expect(alone / (values.length / 32)).to.be.greaterThan(0.95);
  });

  it("is the same in every run, and another for another seed", () => {
    const size = { K: 2, D: 3 };
    expect(randomOpenings(size)).to.deep.equal(randomOpenings(size));
    expect(randomOpenings(size, "other").leaf).not.to.deep.equal(randomOpenings(size).leaf);
  });

  const tracked = readTrackedCounts(root);

  it("names the profiles whose counts come from builds, and leaves the others as git has them", () => {
    const built = { dev: tracked.profiles.dev! } as Record<string, number>;
    expect(compareCounts(tracked, (profile) => built[profile])).to.deep.equal({ ...tracked, built: ["dev"] });
  });

  it("refuses a count in git that is not the build's, with both numbers", () => {
    expect(() => compareCounts(tracked, (profile) => (profile === "production" ? 61_205 : undefined)))
      .to.throw(/production has 61205 constraints as it is built, and 61204 in circuits\/constraints\.json/)
      .with.property("code", "CONSTRAINTS_DIFFER");
  });
});
