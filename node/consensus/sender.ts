// Sends the transactions of one key. Nonces are handed out one at a time, so any number of duties may send at once.

import { setTimeout as sleep } from "node:timers/promises";
import { type Address, type Hex, keccak256, type LocalAccount, type PublicClient, type TransactionReceipt } from "viem";
import { HoldfastError } from "../common/errors.ts";
import { isOutage } from "./revert.ts";

export interface SendRequest {
  to: Address;
  data: Hex;
  gas: bigint;
}

export interface Sender {
  /** Signs with the next nonce, sends, and returns once the transaction is in a block, whether it succeeded or not. */
  send(request: SendRequest, options?: SendOptions): Promise<TransactionReceipt>;
}

export interface SendOptions {
  /** Milliseconds until `TX_TIMEOUT`; 120,000 unless told. */
  timeout?: number;
  /** Ends the wait for the block; what was sent may still get into one. */
  signal?: AbortSignal;
}

interface Sent {
  raw: Hex;
  hash: Hex;
  nonce: number;
}

/** How often a nonce is chosen anew when another process takes it first. */
const MOST_TRIES = 8;

/** How long a transaction may be unknown to the server before it is sent again, in milliseconds. */
const RESEND_AFTER = 5_000;

/**
 * A sender for one key; one process must not hold two for the same key.
 *
 * The next nonce is the smallest one that the chain does not count yet and that no transaction in flight here has. So a
 * dropped transaction leaves no gap: its nonce is used by the next, and a server that lags does not make us reuse one.
 */
export function createSender({
  publicClient,
  account,
  chainId,
}: {
  publicClient: PublicClient;
  account: LocalAccount;
  chainId: number;
}): Sender {
  const inFlight = new Set<number>();
  let turn: Promise<unknown> = Promise.resolve();

  async function broadcast(request: SendRequest): Promise<Sent> {
    for (let tries = 1; ; tries++) {
      try {
        return await broadcastOnce(request);
      } catch (error) {
        // Another process with this key took the nonce between our look and our send.
        if (tries === MOST_TRIES || !isNonceTaken(error)) throw error;
        await sleep(50 * tries);
      }
    }
  }

  async function broadcastOnce(request: SendRequest): Promise<Sent> {
    const [pending, fees] = await Promise.all([
      publicClient.getTransactionCount({ address: account.address, blockTag: "pending" }),
      publicClient.estimateFeesPerGas(),
    ]);
    let nonce = pending;
    while (inFlight.has(nonce)) nonce++;
    const raw = await account.signTransaction({
      type: "eip1559",
      chainId,
      nonce,
      to: request.to,
      data: request.data,
      gas: request.gas,
      // Twice the base fee: blocks may fill up between signing and inclusion, and only what is due is taken.
      maxFeePerGas: 2n * fees.maxFeePerGas,
      maxPriorityFeePerGas: fees.maxPriorityFeePerGas,
    });
    inFlight.add(nonce);
    try {
      await publicClient.sendRawTransaction({ serializedTransaction: raw });
    } catch (error) {
      // An answer that was lost may have been a yes: whoever waits finds out and sends the same bytes again.
      if (!isOutage(error) && !isKnown(error)) {
        inFlight.delete(nonce);
        throw error;
      }
    }
    return { raw, hash: keccak256(raw), nonce };
  }

  async function receiptOf(sent: Sent, timeout: number, signal?: AbortSignal): Promise<TransactionReceipt> {
    const deadline = Date.now() + timeout;
    let lastSeen = Date.now();
    while (true) {
      try {
        const receipt = await publicClient.getTransactionReceipt({ hash: sent.hash }).catch(absent);
        if (receipt !== undefined) return receipt;
        if (Date.now() - lastSeen > RESEND_AFTER) {
          const known = await publicClient.getTransaction({ hash: sent.hash }).catch(absent);
          if (known === undefined) await resend(sent);
          lastSeen = Date.now();
        }
      } catch (error) {
        if (!isOutage(error)) throw error;
      }
      if (Date.now() > deadline) {
        throw new HoldfastError(
          "TX_TIMEOUT",
          `Transaction ${sent.hash} is in no block after ${timeout / 1000} s; it may still be mined.`,
          { details: { hash: sent.hash, nonce: sent.nonce } },
        );
      }
      await sleep(publicClient.pollingInterval, undefined, signal === undefined ? {} : { signal });
    }
  }

  async function resend(sent: Sent): Promise<void> {
    const used = await publicClient.getTransactionCount({ address: account.address, blockTag: "latest" });
    if (
      used > sent.nonce &&
      (await publicClient.getTransactionReceipt({ hash: sent.hash }).catch(absent)) === undefined
    ) {
      throw new HoldfastError(
        "TX_REPLACED",
        `Another transaction used nonce ${sent.nonce} of ${account.address}; is the same key used by another process?`,
        { details: { hash: sent.hash, nonce: sent.nonce } },
      );
    }
    await publicClient.sendRawTransaction({ serializedTransaction: sent.raw }).catch((error) => {
      if (!isKnown(error)) throw error;
    });
  }

  return {
    async send(request, { timeout = 120_000, signal } = {}) {
      const mine = turn.then(() => broadcast(request));
      turn = mine.catch(() => undefined);
      const sent = await mine;
      try {
        return await receiptOf(sent, timeout, signal);
      } finally {
        inFlight.delete(sent.nonce);
      }
    },
  };
}

/** The server has this very transaction already. */
function isKnown(error: unknown): boolean {
  return /already known|known transaction|already imported/i.test(String(error));
}

/** The nonce belongs to another transaction by now. */
function isNonceTaken(error: unknown): boolean {
  return /nonce too low|replacement (?:transaction|fee)|underpriced/i.test(String(error));
}

/** "Not found" is an answer here, not a failure. */
function absent(error: unknown): undefined {
  if (error instanceof Error && /NotFoundError$/.test(error.name)) return undefined;
  throw error;
}
