/** The prove duty: one proof per open window, tried until it is on chain or the window has closed. */
import type { Hex } from "viem";
import { HoldfastError } from "../../common/errors.ts";
import { buildProofInput } from "../../consensus/prover/input.ts";
import type { SpacetimeProof } from "../../consensus/prover/proof.ts";
import type { Prover } from "../../consensus/prover/prover.ts";
import { challengesOf, isProven, seedOf, submitProof } from "../../consensus/spacetime.ts";
import { challengePoint } from "../../data/challenge.ts";
import { digest } from "../../data/digest.ts";
import type { Opening } from "../../data/opening.ts";
import { closeOf, openingOf, openWindow } from "../../data/windows.ts";
import type { ProviderParts } from "../../interface/provider-parts.ts";
import { heldByRoot } from "../../interface/provider-replicas.ts";
import type { ReplicaReader } from "../../interface/replica-reader.ts";
import { putWindow, type WindowState } from "../../physical/window-table.ts";

export interface ProveDuty {
  /** Called with every new block; returns once nothing is left to do for now. */
  onBlock(block: bigint): Promise<void>;
}

/** What is known of the window that is open. */
interface Current {
  readonly window: number;
  /**
   * Made once for what the chain asks, however often it must be submitted. A reorganisation can change that while the window
   * is open: another seed, a pin that came or went.
   */
  made?: { readonly asked: string; readonly proof: SpacetimeProof };
  /** The window has nothing to prove. */
  empty: boolean;
  /** Its bit was seen on chain, where a reorganisation can take it away again. */
  proven: boolean;
  /** What was said about it, so that it is said once. */
  said: string;
}

export interface ProveParts {
  readonly reader: ReplicaReader;
  readonly prover: Prover;
  readonly signal: AbortSignal;
  /** Brings the beacon the value of an opening, which some beacons have to be brought. */
  record(opening: bigint): Promise<void>;
}

/** `signal` ends a proof under way; `latestBlock` must go on rising while one is made. */
export function createProveDuty(parts: ProviderParts, { reader, prover, signal, record }: ProveParts): ProveDuty {
  const { chain, journal, now, log } = parts;
  const me = chain.account.address;
  const { challenges: K, levels: D } = chain.parameters;
  let current: Current | undefined;

  function say(level: "warn" | "error", sentence: string, values: Record<string, unknown>): void {
    if (current === undefined || current.said === sentence) return;
    current.said = sentence;
    log(level, sentence, values);
  }

  /** For the operator only: a full disk must not keep a proof from the chain. */
  async function note(window: number, state: WindowState, text: string): Promise<void> {
    const row = { window, state, note: text, at: now() };
    await journal
      .commit((db) => putWindow(db, row))
      .catch((error: unknown) => {
        log("warn", "Could not write down what became of a window.", { window, error: String(error) });
      });
  }

  /** The openings that the chain asks for. Throws what the reader throws; `REPLICA_UNKNOWN` for a root without a row. */
  async function openAll(vector: readonly bigint[]): Promise<Opening[]> {
    const openings: Opening[] = [];
    for (let j = 0; j < K; j++) {
      const root: Hex = `0x${vector[2 * j]!.toString(16).padStart(64, "0")}`;
      const index = Number(vector[2 * j + 1]! % 2n ** BigInt(3 * D));
      const held = journal.read((db) => heldByRoot(db, root));
      if (held === undefined) {
        throw new HoldfastError(
          "REPLICA_UNKNOWN",
          "The chain asks for a replica that this data folder does not know.",
          {
            details: { root },
          },
        );
      }
      try {
        openings.push(await reader.open({ replicaId: held.replicaId, groups: held.request.upload.groups }, index));
      } catch (cause) {
        throw new HoldfastError("REPLICA_DAMAGED", `Replica ${held.replicaId} cannot be opened: ${String(cause)}`, {
          details: { replicaId: held.replicaId, index },
          cause,
        });
      }
    }
    return openings;
  }

  async function makeProof(window: number, vector: readonly bigint[], seed: Hex): Promise<SpacetimeProof> {
    const openings = await openAll(vector);
    const context = {
      chainId: BigInt(chain.chainId),
      spacetime: chain.addresses.spacetime,
      provider: me,
      window,
      K,
      D,
      seed,
    };
    const r = challengePoint(context, digest(vector, K, D), vector);
    // A proof that is not done when its window closes only takes time from the next one.
    const late = new AbortController();
    const closesAt = closeOf(chain.parameters, me, window);
    const watch = setInterval(() => {
      if (parts.latestBlock() > closesAt)
        late.abort(new HoldfastError("WINDOW_CLOSED", "The window closed before its proof was done."));
    }, 500);
    try {
      return await prover.prove(buildProofInput(openings, r, { K, D }), {
        signal: AbortSignal.any([signal, late.signal]),
      });
    } finally {
      clearInterval(watch);
    }
  }

  async function tryWindow(state: Current): Promise<void> {
    const { window } = state;
    if (await isProven(chain, me, window)) {
      if (!state.proven) await note(window, "proven", "");
      state.proven = true;
      return;
    }
    if (state.proven) {
      state.proven = false;
      log("warn", `The chain took the proof of window ${window} back; it is sent again.`, { window });
    }
    const started = now();
    const [vector, seed] = await Promise.all([challengesOf(chain, me, window), seedOf(chain, me, window)]);
    const asked = [seed, ...vector].join();
    if (state.made?.asked !== asked) state.made = { asked, proof: await makeProof(window, vector, seed) };
    const { proof, publicSignals } = state.made.proof;
    const { gasUsed } = await submitProof(chain, { provider: me, window, proof, c: publicSignals[0] });
    state.proven = true;
    log("info", `Window ${window} is proven.`, { window, milliseconds: now() - started, gasUsed });
    await note(window, "proven", "");
  }

  async function failed(window: number, error: unknown): Promise<void> {
    const { code, message, details } = error as HoldfastError;
    if (code === "CHAIN_REVERTED" && details.errorName === "WindowBagEmpty") {
      current!.empty = true;
    } else if (code === "CHAIN_REVERTED" && details.errorName === "WindowAlreadyProven") {
      current!.said = "";
    } else if (code === "CHAIN_REVERTED" && details.errorName === "BeaconNotRecorded") {
      await bringRandomness(window);
    } else if (code === "REPLICA_DAMAGED" || code === "REPLICA_UNKNOWN") {
      say("error", `Window ${window} cannot be proven: ${message}`, { window, ...details });
      await note(window, "unprovable", message);
    } else if (!signal.aborted) {
      say("warn", `Window ${window} is not proven yet: ${message ?? String(error)}`, { window, code });
    }
  }

  /** Only who has something to prove pays for it, and only if nobody else did. */
  async function bringRandomness(window: number): Promise<void> {
    try {
      await record(openingOf(chain.parameters, me, window));
      log("info", `Recorded the randomness of window ${window}.`, { window });
    } catch (error) {
      const { code, message } = error as HoldfastError;
      // The block that carries the value is not followed by another yet: the next one does.
      if (code === "BLOCK_UNKNOWN" || signal.aborted) return;
      say("warn", `The randomness of window ${window} is not recorded yet: ${message}`, { window, code });
    }
  }

  async function leave(state: Current): Promise<void> {
    if (state.empty || state.proven || state.said === "") return;
    log("error", `Window ${state.window} closed without a proof; it costs stake and is not paid.`, {
      window: state.window,
    });
    await note(state.window, "missed", state.said);
  }

  return {
    async onBlock(block) {
      if (signal.aborted) return;
      const window = openWindow(chain.parameters, me, block);
      if (current !== undefined && current.window !== window) {
        await leave(current);
        current = undefined;
      }
      if (window === undefined) return;
      current ??= { window, empty: false, proven: false, said: "" };
      if (current.empty) return;
      try {
        await tryWindow(current);
      } catch (error) {
        await failed(window, error);
      }
    },
  };
}
