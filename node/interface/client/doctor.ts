// Whether everything that a client needs is there; what is not gets one sentence with what to do.

import { formatAmount } from "../../common/amounts.ts";
import type { Chain, SigningChain } from "../../consensus/chain.ts";
import { allProviders, type ProviderView } from "../../consensus/registry.ts";
import { balanceOf } from "../../consensus/token.ts";
import { freeOf } from "../../consensus/vault.ts";
import { openCall } from "../../network/call.ts";
import type { Host } from "../../network/host.ts";
import { peerOfProfile } from "../../network/peer.ts";
import { QUOTE_PROTOCOL } from "../../network/protocols/quote.ts";
import { freeSpace } from "../../physical/free-space.ts";

export interface Finding {
  readonly check: "chain" | "clock" | "key" | "gas" | "tokens" | "disk" | "providers";
  readonly ok: boolean;
  /** What was found, or what to do. */
  readonly text: string;
}

export interface Patient {
  readonly folder: string;
  /** Throw what is wrong. */
  readonly reader: () => Promise<Chain>;
  readonly signer: () => Promise<SigningChain>;
  readonly host: () => Promise<Host>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Seconds by which the newest block and this clock may differ. */
const CLOCK_TOLERANCE = 120;
/** Less is not enough for journals, downloads and what they leave for a while. */
const LEAST_DISK = 2 ** 30;
const DIAL_TIMEOUT_MS = 5_000;
/** Providers dialled; a market may have thousands. */
const MOST_DIALLED = 32;

/** Never throws for what is wrong with the patient. */
export async function examine({ folder, reader, signer, host, now }: Patient): Promise<Finding[]> {
  const chain = await attempt(reader);
  const findings: Finding[] = [];
  const add = (check: Finding["check"], ok: boolean, text: string) => findings.push({ check, ok, text });
  if (chain.value === undefined) add("chain", false, chain.sentence);
  else {
    const { chainId, addresses, rpcUrl } = chain.value;
    add("chain", true, `chain ${chainId} answers at ${rpcUrl}; the market is ${addresses.market}`);
    findings.push(await clockFinding(chain.value, now()));
  }
  const key = await attempt(signer);
  if (key.value !== undefined) {
    add("key", true, `the key is ${key.value.account.address}`);
    findings.push(...(await moneyFindings(key.value)));
  } else if (chain.value !== undefined) add("key", false, key.sentence);
  const free = await freeSpace(folder);
  const gib = (free / 2 ** 30).toFixed(1);
  add("disk", free >= LEAST_DISK, free >= LEAST_DISK ? `${gib} GiB free` : `Only ${gib} GiB free: make some room.`);
  if (key.value !== undefined) findings.push(await providersFinding(key.value, host));
  return findings;
}

async function clockFinding({ publicClient }: Chain, now: number): Promise<Finding> {
  const block = await attempt(() => publicClient.getBlock());
  if (block.value === undefined) return { check: "clock", ok: false, text: block.sentence };
  const behind = Math.round(now / 1000) - Number(block.value.timestamp);
  if (Math.abs(behind) <= CLOCK_TOLERANCE) {
    return { check: "clock", ok: true, text: `block ${block.value.number} is ${behind} s old` };
  }
  const advice =
    behind > 0
      ? `Block ${block.value.number} is ${behind} s old by this clock: the chain's node lags behind, or this clock is fast; check both.`
      : `Block ${block.value.number} is ${-behind} s in the future by this clock: this clock is slow, set it.`;
  return { check: "clock", ok: false, text: advice };
}

async function moneyFindings(chain: SigningChain): Promise<Finding[]> {
  const { address } = chain.account;
  const money = await attempt(() =>
    Promise.all([chain.publicClient.getBalance({ address }), balanceOf(chain, address), freeOf(chain, address)]),
  );
  if (money.value === undefined) return [{ check: "gas", ok: false, text: money.sentence }];
  const [ether, owned, free] = money.value;
  const tokens = owned + free;
  return [
    ether > 0n
      ? { check: "gas", ok: true, text: `${formatAmount(ether)} ether for gas` }
      : { check: "gas", ok: false, text: `No ether for gas: send some to ${address}.` },
    tokens > 0n
      ? { check: "tokens", ok: true, text: `${formatAmount(tokens)} tokens to pay with` }
      : { check: "tokens", ok: false, text: `No tokens to pay with: send some to ${address}.` },
  ];
}

async function providersFinding(chain: Chain, host: () => Promise<Host>): Promise<Finding> {
  const check = "providers";
  const listed = await attempt(() => allProviders(chain));
  if (listed.value === undefined) return { check, ok: false, text: listed.sentence };
  const asked = listed.value.filter(({ ask, suspended }) => ask.accepting && !suspended).slice(0, MOST_DIALLED);
  if (asked.length === 0) {
    return { check, ok: false, text: "No provider takes new replicas in this market: check --market, or wait." };
  }
  const dialler = await attempt(host);
  if (dialler.value === undefined) return { check, ok: false, text: dialler.sentence };
  const answers = await Promise.all(asked.map((view) => answersAt(dialler.value!, view)));
  const up = answers.filter(Boolean).length;
  if (up === asked.length) return { check, ok: true, text: `${up} of ${asked.length} providers answer` };
  const silent = asked.filter((_, i) => !answers[i]).map(({ provider }) => provider);
  const text = `${up} of ${asked.length} providers answer${up === 0 ? ": is a firewall in the way?" : `; silent: ${silent.join(", ")}`}`;
  return { check, ok: up > 0, text };
}

async function answersAt(host: Host, { profile }: ProviderView): Promise<boolean> {
  try {
    const call = await openCall(host, peerOfProfile(profile), QUOTE_PROTOCOL, { timeoutMs: DIAL_TIMEOUT_MS });
    await call.close();
    return true;
  } catch {
    return false;
  }
}

async function attempt<T>(work: () => Promise<T>): Promise<{ value?: T; sentence: string }> {
  try {
    return { value: await work(), sentence: "" };
  } catch (cause) {
    return { sentence: cause instanceof Error ? cause.message.split("\n")[0]! : String(cause) };
  }
}
