import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { HoldfastError } from "../../../node/common/errors.ts";
import { readProverFolder } from "../../../node/consensus/prover/folder.ts";
import { readCoefficients } from "../../../node/consensus/prover/groth16/coefficients.ts";
import { COEFFICIENT_BYTES, openZkey, SECTION, type Zkey } from "../../../node/consensus/prover/groth16/zkey.ts";
import { parseVerifyingKey } from "../../../node/consensus/prover/verifying-key.ts";
import { folderOf } from "../../circuits/lib/circuit.ts";

describe("zkey reader", () => {
  const files = readProverFolder(folderOf("test"));
  let folder: string;
  let zkey: Zkey;

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "holdfast-test-"));
    zkey = openZkey(files.zkey);
  });

  after(() => {
    zkey.close();
    rmSync(folder, { recursive: true });
  });

  /** Opens a copy of the key with some bytes changed. */
  const changed = (change: (bytes: DataView) => void, length?: number): Zkey => {
    const bytes = new Uint8Array(readFileSync(files.zkey)).slice(0, length);
    change(new DataView(bytes.buffer));
    const file = path.join(folder, "changed.zkey");
    writeFileSync(file, bytes);
    return openZkey(file);
  };
  /** Where a section's content begins in the file. */
  const startOf = (section: number): number => {
    const bytes = readFileSync(files.zkey);
    let at = 12;
    while (bytes.readUInt32LE(at) !== section) at += 12 + Number(bytes.readBigUInt64LE(at + 4));
    return at + 12;
  };
  const refuses = (change: (bytes: DataView) => void, length?: number): void => {
    expect(() => changed(change, length))
      .to.throw(HoldfastError)
      .with.property("code", "PROVING_KEY_INVALID");
  };

  it("finds the verifying key that snarkjs exports", () => {
    const exported = parseVerifyingKey(JSON.parse(readFileSync(files.verificationKey, "utf8")));
    expect(zkey.verifyingKey).to.deep.equal(exported);
  });

  it("refuses a file that is cut, of another kind, over another curve, or with sections of other sizes", () => {
    const { size } = { size: readFileSync(files.zkey).length };
    refuses(() => {}, size - 100);
    refuses(() => {}, 1000);
    refuses(() => {}, 8);
    refuses((view) => view.setUint8(0, 0));
    refuses((view) => view.setUint32(startOf(SECTION.header), 2, true));
    refuses((view) => view.setUint8(startOf(SECTION.groth16) + 5, 0));
    for (const [at, value] of [
      [72, zkey.wires + 1],
      [76, 4],
      [80, zkey.domain - 1],
      [80, 2 * zkey.domain],
    ] as const) {
      refuses((view) => view.setUint32(startOf(SECTION.groth16) + at, value, true));
    }
    refuses((view) => view.setUint32(startOf(SECTION.h) - 12, 77, true));
  });

  it("keeps every coefficient, once, in the row and with the wire that the file says", () => {
    const { values, starts, terms } = readCoefficients(zkey);
    const words = new Uint32Array(zkey.read(SECTION.coefficients, 4).buffer);
    const next = starts.slice();
    for (let at = 0; at < words.length; at += COEFFICIENT_BYTES / 4) {
      const term = next[words[at]! * zkey.domain + words[at + 1]!]!++;
      if (terms[2 * term + 1] !== words[at + 2]) expect.fail(`entry at ${at} has another wire`);
      const found = values.subarray(8 * terms[2 * term]!, 8 * terms[2 * term]! + 8);
      if (!found.every((word, i) => word === words[at + 3 + i])) expect.fail(`entry at ${at} has another value`);
    }
    expect(next.slice(0, -1)).to.deep.equal(starts.slice(1));
    const distinct = new Set(
      Array.from({ length: values.length / 8 }, (_, i) => values.slice(8 * i, 8 * i + 8).join()),
    );
    expect(distinct.size).to.equal(values.length / 8);
  });

  it("refuses entries outside of the circuit", () => {
    const first = startOf(SECTION.coefficients) + 4;
    for (const [offset, value] of [
      [0, 2],
      [4, zkey.domain],
      [8, zkey.wires],
    ] as const) {
      const broken = changed((view) => view.setUint32(first + offset, value, true));
      expect(() => readCoefficients(broken)).to.throw(RangeError);
      broken.close();
    }
  });
});
