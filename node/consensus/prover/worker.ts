/** The prover's thread: keys stay in memory, computing threads stay alive, one request after the other. */
import { readFileSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import type { VerificationKey } from "snarkjs";
import { HoldfastError } from "../../common/errors.ts";
import { openZkey } from "./groth16/zkey.ts";
import type { Answer, Request, ThreadParameters } from "./messages.ts";
import "./nested-workers.ts";
import { parseVerifyingKey, verifyingKeyHash } from "./verifying-key.ts";
import { openWitnessProgram, publicSignalsOf } from "./witness.ts";

const { groth16 } = await import("snarkjs");
const { startEngine } = await import("./engine.ts");
const keys = workerData as ThreadParameters;

async function start(): Promise<(request: Request) => Promise<Answer>> {
  const zkey = openZkey(keys.zkey);
  const verificationKey: VerificationKey = parseJson(read(keys.verificationKey));
  const keyHash = verifyingKeyHash(parseVerifyingKey(verificationKey));
  if (verifyingKeyHash(zkey.verifyingKey) !== keyHash) {
    throw new HoldfastError(
      "PROVING_KEY_MISMATCH",
      `${keys.zkey} does not belong to ${keys.verificationKey}: every proof would be refused. Take both from one build.`,
    );
  }
  const calculate = await openWitnessProgram(read(keys.wasm)).catch((cause: unknown) => {
    throw new HoldfastError("PROVER_FILES", `${keys.wasm} is no circuit; build it again.`, { cause });
  });
  const engine = startEngine(keys, zkey);
  zkey.close();
  say({ type: "ready", keyHash, engine: engine.name });

  return async (request) => {
    if (request.type === "verify") {
      const valid = await groth16.verify(verificationKey, request.publicSignals, request.proof);
      return { type: "verified", valid };
    }
    const witness = await calculate(request.input);
    const publicSignals = publicSignalsOf(witness).map(String);
    if (request.type === "witness") return { type: "witness", witness: witness.file, publicSignals };
    // Whatever stopped it, its threads and what they share are in no known state any more.
    const proof = await engine.prove(witness).catch((cause: unknown) => {
      throw cause instanceof Error ? new Error(cause.message, { cause }) : cause;
    });
    if (!(await groth16.verify(verificationKey, publicSignals, proof))) {
      throw new HoldfastError("PROOF_INVALID", "The proof that was just made does not verify; it was thrown away.");
    }
    return { type: "proof", proof, publicSignals };
  };
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
  if (error instanceof HoldfastError) {
    const { code, message, details } = error;
    say({ type: "failed", code, message, details: { ...details } });
  } else {
    const message = `The prover failed: ${error instanceof Error ? error.message : error}`;
    say({ type: "failed", code: "PROVER_FAILED", message, details: {} });
  }
}

try {
  const serve = await start();
  parentPort!.on("message", (request: Request) => {
    serve(request).then(say, fail);
  });
} catch (error) {
  fail(error);
}
