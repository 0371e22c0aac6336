/** The prover's thread: keys stay in memory, curve threads stay alive, one request after the other. */
import { readFileSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import type { File, VerificationKey } from "snarkjs";
import { HoldfastError } from "../../common/errors.ts";
import type { ProofInput } from "./input.ts";
import type { Answer, ProverKeys, Request } from "./messages.ts";
import "./nested-workers.ts";
import { parseVerifyingKey, verifyingKeyHash } from "./verifying-key.ts";

const { groth16, wtns, zKey } = await import("snarkjs");
const keys = workerData as ProverKeys;

async function start(): Promise<(request: Request) => Promise<Answer>> {
  const wasm: File = { type: "mem", data: read(keys.wasm) };
  const zkey: File = { type: "mem", data: read(keys.zkey) };
  const verificationKey: VerificationKey = parseJson(read(keys.verificationKey));
  const keyHash = verifyingKeyHash(parseVerifyingKey(verificationKey));
  const proves = await zKey.exportVerificationKey(zkey).catch((cause: unknown) => {
    throw new HoldfastError("PROVING_KEY_INVALID", `${keys.zkey} is no proving key; build the circuits again.`, {
      cause,
    });
  });
  if (verifyingKeyHash(parseVerifyingKey(proves)) !== keyHash) {
    throw new HoldfastError(
      "PROVING_KEY_MISMATCH",
      `${keys.zkey} does not belong to ${keys.verificationKey}: every proof would be refused. Take both from one build.`,
    );
  }
  say({ type: "ready", keyHash });

  return async (request) => {
    if (request.type === "verify") {
      const valid = await groth16.verify(verificationKey, request.publicSignals, request.proof);
      return { type: "verified", valid };
    }
    const witness = await calculate(wasm, request.input);
    if (request.type === "witness") {
      const values = await wtns.exportJson(witness);
      return { type: "witness", witness: witness.data, publicSignals: values.slice(1, 4).map(String) };
    }
    const { proof, publicSignals } = await groth16.prove(zkey, witness);
    if (!(await groth16.verify(verificationKey, publicSignals, proof))) {
      throw new HoldfastError("PROOF_INVALID", "The proof that was just made does not verify; it was thrown away.");
    }
    return { type: "proof", proof, publicSignals };
  };
}

async function calculate(wasm: File, input: ProofInput): Promise<{ type: "mem"; data: Uint8Array }> {
  const witness: { type: "mem"; data?: Uint8Array } = { type: "mem" };
  try {
    await wtns.calculate(input, wasm, witness);
  } catch (cause) {
    const message = "The openings do not satisfy the circuit: a path does not lead where its index says.";
    throw new HoldfastError("WITNESS_INVALID", message, { cause });
  }
  return { type: "mem", data: witness.data! };
}

function read(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    const message = `${file} cannot be read; build the circuits with: node scripts/build-circuits.ts dev`;
    throw new HoldfastError("PROVER_FILES", message, { cause });
  }
}

function parseJson(bytes: Uint8Array): VerificationKey {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new HoldfastError("VERIFYING_KEY_INVALID", `${keys.verificationKey} is not JSON; build it again.`, { cause });
  }
}

function say(answer: Answer): void {
  parentPort!.postMessage(answer);
}

function fail(error: unknown): void {
  if (error instanceof HoldfastError) say({ type: "failed", code: error.code, message: error.message });
  else say({ type: "failed", code: "PROVER_FAILED", message: `The prover failed: ${(error as Error).message}` });
}

try {
  const serve = await start();
  parentPort!.on("message", (request: Request) => {
    serve(request).then(say, fail);
  });
} catch (error) {
  fail(error);
}
