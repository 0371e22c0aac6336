import { execFileSync } from "node:child_process";
import { expect } from "chai";
import { createPoseidon8 } from "../../../node/data/kernels/poseidon.ts";
import { GROUP_BYTES } from "../../../node/data/layout.ts";

const HASH_SEVENS = `
  const { createPoseidon8 } = await import(${JSON.stringify(new URL("../../../node/data/kernels/poseidon.ts", import.meta.url).href)});
  const hasher = createPoseidon8();
  const node = Buffer.from(hasher.groupNodes(new Uint8Array(${GROUP_BYTES}).fill(7))).toString("hex");
  console.log(JSON.stringify({ kind: hasher.kind, node }));
`;

/** The kernel that a fresh Node with these engine flags chooses, and what it makes of a group of sevens. */
function hashWith(...flags: string[]): { kind: string; node: string } {
  const output = execFileSync(process.execPath, [...flags, "--input-type=module", "--eval", HASH_SEVENS]);
  return JSON.parse(output.toString()) as { kind: string; node: string };
}

describe("choice of the Poseidon kernel", function () {
  this.timeout(30_000);
  const node = Buffer.from(createPoseidon8({ integer: true }).groupNodes(new Uint8Array(GROUP_BYTES).fill(7))).toString(
    "hex",
  );

  it("takes the integer kernel when it is asked to", () => {
    expect(createPoseidon8({ integer: true }).kind).to.equal("integer");
  });

  it("gives the same node in the engine's baseline and its optimising compiler", () => {
    for (const flag of ["--liftoff-only", "--no-liftoff"]) expect(hashWith(flag)).to.have.property("node", node);
  });

  // V8 has switches for instructions of x86-64 alone.
  describe("on x86-64", () => {
    before(function () {
      if (process.arch !== "x64") this.skip();
    });

    it("falls back to the integer kernel where a multiply-add rounds twice", () => {
      expect(hashWith("--no-enable-fma3")).to.deep.equal({ kind: "integer", node });
    });

    it("falls back to the integer kernel where there is no SIMD at all", () => {
      expect(hashWith("--no-enable-sse4-1")).to.deep.equal({ kind: "integer", node });
    });
  });
});
