/** Makes spacetime proofs on a thread of its own, so that whoever asks keeps answering others meanwhile. */
import { HoldfastError } from "../../common/errors.ts";
import { runExternalProver } from "./external.ts";
import type { EngineName, SignedOff, ThreadParameters } from "./messages.ts";
import { proofWords, type SpacetimeProof } from "./proof.ts";
import { startThread, type Thread } from "./thread.ts";
import type { CircuitInput } from "./witness.ts";

export type ProverParameters = ThreadParameters & {
  /** A program that proves faster: `PROGRAM <zkey> <wtns> <proof.json> <public.json>`. */
  readonly external?: string;
};

export type Prover = {
  /** keccak256 of the verifying key's ABI encoding, to compare with the verifier on chain. */
  readonly keyHash: `0x${string}`;
  /** What proves here if no external program does. */
  readonly engine: EngineName;
  /**
   * One proof at a time, in the order asked; each is verified before it is returned.
   * Throws HoldfastError WITNESS_INVALID, PROOF_INVALID, EXTERNAL_PROVER, PROVER_FAILED or PROVER_CLOSED, and the
   * signal's reason when it is aborted: a proof under way is then stopped.
   */
  prove(input: CircuitInput, options?: { readonly signal?: AbortSignal }): Promise<SpacetimeProof>;
  /** Stops at once; proofs under way fail with PROVER_CLOSED. */
  close(): Promise<void>;
};

/** Throws HoldfastError PROVER_FILES, VERIFYING_KEY_INVALID, PROVING_KEY_INVALID or PROVING_KEY_MISMATCH. */
export async function createProver({ external, ...keys }: ProverParameters): Promise<Prover> {
  const firstThread = await startThread(keys);
  let current: Thread | undefined = firstThread;
  let queue: Promise<unknown> = Promise.resolve();
  const closing = new AbortController();

  const run = async (input: CircuitInput, signal: AbortSignal): Promise<SpacetimeProof> => {
    signal.throwIfAborted();
    const thread = current ?? (await startThread(keys));
    current = thread;
    // A proof cannot be interrupted, and one that failed may have left its threads at work on what they share: the thread is given
    // up, and the next proof starts another.
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    try {
      const work =
        external === undefined
          ? thread.ask({ type: "prove", input })
          : viaProgram(external, keys.zkey, thread, input, signal);
      return finished(await Promise.race([work, aborted]));
    } catch (error) {
      if (signal.aborted || !isOfTheRequest(error)) {
        current = undefined;
        await thread.stop();
      }
      throw error;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  };

  return {
    keyHash: firstThread.keyHash,
    engine: firstThread.engine,
    prove(input, { signal } = {}) {
      const either = AbortSignal.any(signal === undefined ? [closing.signal] : [closing.signal, signal]);
      const proof = queue.then(() => run(input, either));
      queue = proof.catch(() => {});
      return proof;
    },
    async close() {
      closing.abort(new HoldfastError("PROVER_CLOSED", "The prover was closed before the proof was done."));
      await queue;
      await current?.stop();
    },
  };
}

/** The openings' fault or the external program's: the thread is as good as before. */
function isOfTheRequest(error: unknown): boolean {
  return error instanceof HoldfastError && (error.code === "WITNESS_INVALID" || error.code === "EXTERNAL_PROVER");
}

async function viaProgram(
  program: string,
  zkey: string,
  { ask }: Thread,
  input: CircuitInput,
  signal: AbortSignal,
): Promise<SignedOff> {
  const { witness, publicSignals } = await ask({ type: "witness", input });
  const made = await runExternalProver(program, zkey, witness, signal);
  // The witness decides what is proven; a program that proves something else is broken, even if its proof verifies.
  const same = made.publicSignals.every((value, i) => BigInt(value) === BigInt(publicSignals[i]!));
  if (same && (await ask({ type: "verify", proof: made.proof, publicSignals })).valid)
    return { ...made, publicSignals };
  const message = `The proof of the external prover ${program} does not verify; it was thrown away.`;
  throw new HoldfastError("PROOF_INVALID", message, { details: { publicSignals, found: made.publicSignals } });
}

function finished({ proof, publicSignals: [c, v, r] }: SignedOff): SpacetimeProof {
  return { proof: proofWords(proof), publicSignals: [BigInt(c!), BigInt(v!), BigInt(r!)] };
}
