import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { type Groth16Proof, groth16 } from "snarkjs";
import { HoldfastError } from "../../node/common/errors.ts";
import { readProverFolder } from "../../node/consensus/prover/folder.ts";
import { buildProofInput, type ProofInput } from "../../node/consensus/prover/input.ts";
import { type ProofWords, proofWords } from "../../node/consensus/prover/proof.ts";
import { createProver, type Prover } from "../../node/consensus/prover/prover.ts";
import { startThread } from "../../node/consensus/prover/thread.ts";
import { parseVerifyingKey, verifyingKeyHash } from "../../node/consensus/prover/verifying-key.ts";
import { copyOf, folderOf, openCircuit, root, statementOf } from "./lib/circuit.ts";
import { openingOf } from "./lib/tree.ts";

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => expect.fail("it should have failed"),
    (thrown: unknown) => thrown,
  );
  expect(error).to.be.instanceOf(HoldfastError);
  return (error as HoldfastError).code;
}

/** snarkjs's form of the words that the contract takes. */
function proofOf([ax, ay, bx1, bx0, by1, by0, cx, cy]: ProofWords): Groth16Proof {
  const text = (...values: bigint[]) => values.map(String);
  return {
    pi_a: [...text(ax, ay), "1"],
    pi_b: [text(bx0, bx1), text(by0, by1), ["1", "0"]],
    pi_c: [...text(cx, cy), "1"],
    protocol: "groth16",
    curve: "bn128",
  } as Groth16Proof;
}

describe("prover", () => {
  const files = readProverFolder(folderOf("test"));
  const { input, expected } = statementOf(
    [
      [777, 5],
      [63, 2],
    ],
    files.D,
    31337n,
  );
  const broken: ProofInput = { ...input, leaf: ["1", input.leaf[1]!] };
  const key = JSON.parse(readFileSync(files.verificationKey, "utf8"));
  let folder: string;
  let prover: Prover;

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "holdfast-test-"));
    prover = await createProver(files);
  });

  after(async () => {
    await prover.close();
    rmSync(folder, { recursive: true });
  });

  const program = (name: string, ...lines: string[]): string => {
    const file = path.join(folder, name);
    writeFileSync(file, ["#!/bin/sh", ...lines, ""].join("\n"));
    chmodSync(file, 0o755);
    return file;
  };

  it("gives a proof in the order of the precompile that verifies for c, v and r, and answers others meanwhile", async () => {
    let last = performance.now();
    let longest = 0;
    const pulse = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    const started = performance.now();
    const { proof, publicSignals } = await prover.prove(input);
    const took = performance.now() - started;
    clearInterval(pulse);
    expect(publicSignals.map(String)).to.deep.equal(expected);
    expect(await groth16.verify(key, expected, proofOf(proof))).to.equal(true);
    expect(longest, `the longest silence, of ${took} ms`).to.be.lessThan(took / 2);
  });

  it("writes the same words as snarkjs's own call data", async () => {
    const circuit = await openCircuit("test");
    const { proof, publicSignals } = await circuit.prove((await circuit.witness(input)).file);
    const data = await groth16.exportSolidityCallData(proof, publicSignals);
    const words = [...data.matchAll(/0x[0-9a-f]{64}/g)].map(([word]) => BigInt(word));
    expect(words).to.deep.equal([...proofWords(proof), ...publicSignals.map(BigInt)]);
  });

  it("names the hash of its verifying key, which is that of snarkjs's export", () => {
    expect(prover.keyHash).to.equal(verifyingKeyHash(parseVerifyingKey(key)));
  });

  it("refuses openings that do not satisfy the circuit and goes on with the next", async () => {
    const [refused, proven] = await Promise.allSettled([prover.prove(broken), prover.prove(input)]);
    expect(await codeOf(Promise.reject((refused as PromiseRejectedResult).reason))).to.equal("WITNESS_INVALID");
    expect(proven.status).to.equal("fulfilled");
    const missing: Partial<ProofInput> = copyOf(input);
    delete (missing as { r?: string }).r;
    expect(await codeOf(prover.prove(missing as ProofInput))).to.equal("WITNESS_INVALID");
  });

  it("stops at once when told to and proves again afterwards", async () => {
    const controller = new AbortController();
    const stopped = prover.prove(input, { signal: controller.signal }).catch((error) => error);
    const waiting = prover.prove(input, { signal: controller.signal }).catch((error) => error);
    setTimeout(() => controller.abort(new Error("the window closed")), 100);
    expect((await stopped).message).to.equal("the window closed");
    expect((await waiting).message).to.equal("the window closed");
    expect((await prover.prove(input)).publicSignals.map(String)).to.deep.equal(expected);
  });

  it("is not disturbed by a signal that is aborted after its proof is done", async () => {
    const controller = new AbortController();
    await prover.prove(input, { signal: controller.signal });
    const next = prover.prove(input);
    controller.abort();
    expect((await next).publicSignals.map(String)).to.deep.equal(expected);
  });

  it("fails what is under way and all that is asked later when it is closed", async () => {
    const closing = await createProver(files);
    const underWay = codeOf(closing.prove(input));
    const queued = codeOf(closing.prove(input));
    await closing.close();
    expect(await underWay).to.equal("PROVER_CLOSED");
    expect(await queued).to.equal("PROVER_CLOSED");
    expect(await codeOf(closing.prove(input))).to.equal("PROVER_CLOSED");
  });

  it("fails rather than waits when its thread is gone", async () => {
    const thread = await startThread(files);
    await thread.stop();
    expect(await codeOf(thread.ask({ type: "prove", input }))).to.equal("PROVER_FAILED");
  });

  it("proves again after one of its computing threads has died", () => {
    const mark = program("dying-thread");
    const run = spawnSync(
      process.execPath,
      [
        "--import",
        path.join(root, "test/circuits/lib/dying-thread.ts"),
        path.join(root, "test/circuits/lib/prove-thrice.ts"),
      ],
      { encoding: "utf8", env: { ...process.env, DYING_THREAD_MARK: mark } },
    );
    expect(run.status, run.stderr).to.equal(0);
    expect(existsSync(mark), "a thread has died").to.equal(false);
    const became = JSON.parse(run.stdout) as string[];
    expect(became.at(-1), became.join()).to.equal("done");
  });

  it("says in circom's words which rule the openings broke", async () => {
    const error: HoldfastError = await prover.prove(broken).catch((thrown) => thrown);
    expect(error.details.reason).to.match(/^Error in template Level_\d+ line: \d+; Error in template Opening/);
  });

  it("does not start with a verifying key of another set-up", async () => {
    const { verificationKey } = readProverFolder(folderOf("dev"));
    expect(await codeOf(createProver({ ...files, verificationKey }))).to.equal("PROVING_KEY_MISMATCH");
  });

  it("does not start with a missing, cut or foreign file, and says which", async () => {
    expect(await codeOf(createProver({ ...files, zkey: path.join(folder, "none") }))).to.equal("PROVER_FILES");
    const cut = path.join(folder, "cut.zkey");
    writeFileSync(cut, readFileSync(files.zkey).subarray(0, 1000));
    expect(await codeOf(createProver({ ...files, zkey: cut }))).to.equal("PROVING_KEY_INVALID");
    expect(await codeOf(createProver({ ...files, zkey: files.wasm }))).to.equal("PROVING_KEY_INVALID");
    expect(await codeOf(createProver({ ...files, wasm: files.zkey }))).to.equal("PROVER_FILES");
    expect(await codeOf(createProver({ ...files, verificationKey: files.wasm }))).to.equal("VERIFYING_KEY_INVALID");
    const empty = path.join(folder, "empty.json");
    writeFileSync(empty, "{}");
    expect(await codeOf(createProver({ ...files, verificationKey: empty }))).to.equal("VERIFYING_KEY_INVALID");
    expect(() => readProverFolder(folder)).to.throw(HoldfastError, "build-circuits");
  });

  describe("with an external program", () => {
    const withProgram = async (external: string, work: (prover: Prover) => Promise<void>) => {
      const outside = await createProver({ ...files, external });
      try {
        await work(outside);
      } finally {
        await outside.close();
      }
    };

    it("takes the proof of snarkjs's command line, whose arguments are rapidsnark's", async () => {
      const snarkjs = path.join(root, "node_modules/snarkjs/build/cli.cjs");
      const external = program("snarkjs", `exec '${process.execPath}' '${snarkjs}' groth16 prove "$@" > /dev/null`);
      await withProgram(external, async (outside) => {
        const { proof, publicSignals } = await outside.prove(input);
        expect(publicSignals.map(String)).to.deep.equal(expected);
        expect(await groth16.verify(key, expected, proofOf(proof))).to.equal(true);
      });
    });

    it("throws away a proof of another statement, even a valid one, and one that does not verify", async () => {
      const circuit = await openCircuit("test");
      const other = statementOf(
        [
          [1, 5],
          [2, 5],
        ],
        files.D,
        31337n,
      );
      const made = await circuit.prove((await circuit.witness(other.input)).file);
      writeFileSync(path.join(folder, "proof.json"), JSON.stringify(made.proof));
      writeFileSync(path.join(folder, "other.json"), JSON.stringify(made.publicSignals));
      writeFileSync(path.join(folder, "asked.json"), JSON.stringify(expected));
      for (const signals of ["other", "asked"]) {
        const external = program(signals, `cp ${folder}/proof.json "$3"`, `cp ${folder}/${signals}.json "$4"`);
        await withProgram(external, async (outside) => {
          expect(await codeOf(outside.prove(input)), signals).to.equal("PROOF_INVALID");
        });
      }
    });

    it("says so when the program is missing, fails, or writes no proof", async () => {
      const programs = [
        path.join(folder, "missing"),
        program("failing", "exit 3"),
        program("silent", "exit 0"),
        program("garbage", 'echo "{}" > "$3"', 'echo "[]" > "$4"'),
      ];
      for (const external of programs) {
        await withProgram(external, async (outside) => {
          expect(await codeOf(outside.prove(input)), external).to.equal("EXTERNAL_PROVER");
        });
      }
    });

    it("is stopped with the signal", async () => {
      const external = program("slow", "exec sleep 60");
      await withProgram(external, async (outside) => {
        const reason = await outside.prove(input, { signal: AbortSignal.timeout(1500) }).catch((error) => error);
        expect(reason.name).to.equal("TimeoutError");
      });
    });
  });
});

describe("proof input", () => {
  const { opening } = openingOf("opening", 100, 3);
  const profile = { K: 1, D: 5 };
  const code = (change: object, r = 1n): string => {
    try {
      buildProofInput([{ ...opening, ...change }], r, profile);
    } catch (error) {
      return (error as HoldfastError).code;
    }
    return "accepted";
  };

  it("is accepted with its own leaf, index, depth and rows", () => {
    expect(code({})).to.equal("accepted");
  });

  it("refuses another number of openings, a depth or index out of range, other shapes, and another leaf", () => {
    expect(() => buildProofInput([opening, opening], 1n, profile)).to.throw(HoldfastError, "opens 1 elements, not 2");
    for (const change of [
      { depth: 0, rows: [] },
      { depth: 6 },
      { depth: 2.5 },
      { depth: 2 },
      { index: 512 },
      { index: -1 },
      { index: 101 },
      { index: 1.5 },
      { leaf: 1n },
      { rows: opening.rows.slice(1) },
      { rows: opening.rows.map((row) => row.slice(1)) },
      {
        rows: opening.rows.with(
          2,
          opening.rows[2]!.map((node) => -node),
        ),
      },
      { rows: opening.rows.with(2, new Array<bigint>(8).fill(2n ** 254n)) },
    ]) {
      expect(code(change), Object.keys(change).join()).to.equal("OPENING_INVALID");
    }
    expect(code({}, -1n)).to.equal("OPENING_INVALID");
    expect(code({}, 2n ** 254n)).to.equal("OPENING_INVALID");
  });
});
