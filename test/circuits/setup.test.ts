import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { buildBn128 } from "ffjavascript";
import { HoldfastError } from "../../node/common/errors.ts";
import { devSetup, drawSecrets } from "../../scripts/dev-setup.ts";
import { fixedBase, type Group } from "../../scripts/lib/fixed-base.ts";
import { readR1cs } from "../../scripts/lib/r1cs.ts";
import { getScalar, lagrangeAt, putScalar, R, rootOfUnity } from "../../scripts/lib/scalar-field.ts";
import { DEVELOPMENT_MARK } from "../../scripts/lib/zkey.ts";
import { folderOf } from "./lib/circuit.ts";
import { value } from "./lib/tree.ts";

const sha = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

describe("development set-up", () => {
  const r1cs = readFileSync(path.join(folderOf("test"), "spacetime.r1cs"));
  const seed = (byte: number) => new Uint8Array(32).fill(byte);

  it("gives the same bytes for the same seed, and other bytes than the build drew", async () => {
    const first = sha(await devSetup(r1cs, drawSecrets(seed(1))));
    expect(sha(await devSetup(r1cs, drawSecrets(seed(1))))).to.equal(first);
    expect(sha(readFileSync(path.join(folderOf("test"), "spacetime.zkey")))).to.not.equal(first);
  });

  it("draws four secrets that differ from each other, from 0 and from gamma, which is 1", () => {
    for (let byte = 0; byte < 50; byte++) {
      const secrets = Object.values(drawSecrets(seed(byte)));
      expect(new Set([0n, 1n, ...secrets]).size).to.equal(6);
      expect(secrets.every((secret) => secret < R)).to.equal(true);
    }
  });

  it("writes into the key itself that it is for development", () => {
    const zkey = readFileSync(path.join(folderOf("test"), "spacetime.zkey"));
    expect(zkey.subarray(-68, -4).toString("latin1")).to.equal(DEVELOPMENT_MARK);
    const manifest = JSON.parse(readFileSync(path.join(folderOf("test"), "manifest.json"), "utf8"));
    expect(manifest.development).to.equal(true);
  });

  it("refuses a file that is cut, foreign or over another field", async () => {
    const otherField = Buffer.from(r1cs);
    const field = new Uint8Array(32);
    putScalar(new DataView(field.buffer), 0, R);
    otherField[r1cs.indexOf(field)]! ^= 1;
    for (const bytes of [
      r1cs.subarray(0, -1),
      r1cs.subarray(0, 3),
      Buffer.from("PK\x03\x04 not a circuit"),
      otherField,
    ]) {
      const error = await devSetup(bytes, drawSecrets(seed(1))).catch((thrown) => thrown);
      expect(error).to.be.instanceOf(HoldfastError);
      expect(error.code).to.equal("R1CS_INVALID");
    }
  });

  it("reads outputs and public inputs as circom wrote them", () => {
    expect(readR1cs(r1cs).publicSignals).to.equal(3);
  });

  for (const group of ["G1", "G2"] as Group[]) {
    it(`multiplies the generator of ${group} as ffjavascript does one by one, infinity included`, async () => {
      const curve = await buildBn128(true);
      const scalars = [
        0n,
        1n,
        2n,
        255n,
        256n,
        R - 1n,
        0n,
        ...Array.from({ length: 8 }, (_, i) => value(`scalar ${i}`)),
      ];
      const bytes = new Uint8Array(32 * scalars.length);
      scalars.forEach((scalar, i) => {
        putScalar(new DataView(bytes.buffer), 32 * i, scalar);
      });
      const expected = scalars.map((scalar) =>
        curve[group].toAffine(curve[group].timesScalar(curve[group].gAffine, scalar)),
      );
      const points = fixedBase(await buildBn128(true), group, scalars.length)(bytes);
      expect(Buffer.concat(expected).equals(points)).to.equal(true);
    });
  }

  it("evaluates Lagrange polynomials that are 1 at their own node and 0 at the others", () => {
    // Interpolating x^3 over 8 nodes and evaluating must give point^3: true only if every polynomial is right.
    const [root, at] = [rootOfUnity(3), value("tau")];
    const nodes = Array.from({ length: 8 }, (_, i) => root ** BigInt(i) % R);
    const sum = lagrangeAt(3, at).reduce((all, weight, i) => (all + weight * nodes[i]! ** 3n) % R, 0n);
    expect(sum).to.equal(at ** 3n % R);
    expect((nodes[7]! * root) % R).to.equal(1n);
  });

  it("reads back every scalar that it wrote", () => {
    const view = new DataView(new ArrayBuffer(32));
    for (const scalar of [0n, 1n, R - 1n, 2n ** 256n - 1n, value("scalar")]) {
      putScalar(view, 0, scalar);
      expect(getScalar(view, 0)).to.equal(scalar);
    }
  });
});
