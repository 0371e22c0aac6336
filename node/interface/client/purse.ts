// What a client owns and where it is: in its wallet, free in the vault, in payment channels, in escrow for files.

import { type Address, encodeEventTopics, pad } from "viem";
import { HoldfastError } from "../../common/errors.ts";
import { paymentChannelsAbi } from "../../consensus/abi.ts";
import type { Chain, SigningChain } from "../../consensus/chain.ts";
import { channelOf, close, startClose } from "../../consensus/channels.ts";
import { readEvents } from "../../consensus/events.ts";
import { balanceOf } from "../../consensus/token.ts";
import { freeOf, withdraw } from "../../consensus/vault.ts";

export interface OpenChannel {
  readonly provider: Address;
  /** Base units put in, and what the provider has redeemed of them. */
  readonly deposit: bigint;
  readonly redeemed: bigint;
  /** Block from which it can be closed; 0 while nobody closes it. */
  readonly closableAt: number;
}

export interface Purse {
  readonly address: Address;
  /** Wei. */
  readonly ether: bigint;
  /** Base units in the wallet, and free in the vault. */
  readonly tokens: bigint;
  readonly free: bigint;
  readonly channels: readonly OpenChannel[];
}

export async function readPurse(chain: Chain, address: Address): Promise<Purse> {
  const [ether, tokens, free, channels] = await Promise.all([
    chain.publicClient.getBalance({ address }),
    balanceOf(chain, address),
    freeOf(chain, address),
    openChannels(chain, address),
  ]);
  return { address, ether, tokens, free, channels };
}

/** Channels that hold something of `payer`'s, as the chain has them now. */
export async function openChannels(chain: Chain, payer: Address): Promise<OpenChannel[]> {
  const to = await chain.publicClient.getBlockNumber();
  const [funded] = encodeEventTopics({ abi: paymentChannelsAbi, eventName: "ChannelFunded" });
  const logs = await readEvents(chain, { from: chain.fromBlock, to, topics: [funded!, pad(payer)] });
  const providers = new Set(logs.flatMap((log) => (log.eventName === "ChannelFunded" ? [log.args.provider] : [])));
  const found = await Promise.all(
    [...providers].map(async (provider) => ({ provider, ...(await channelOf(chain, payer, provider)) })),
  );
  return found
    .filter(({ deposit, redeemed }) => deposit > redeemed)
    .map(({ provider, deposit, redeemed, closableAt }) => ({ provider, deposit, redeemed, closableAt }));
}

/** Sends free base units out of the vault, all of them unless told; to the client's own wallet unless told. Throws `NOTHING_FREE`. */
export async function withdrawFree(
  chain: SigningChain,
  { amount, to }: { amount?: bigint | undefined; to?: Address | undefined },
): Promise<{ amount: bigint; to: Address }> {
  const { address } = chain.account;
  const free = await freeOf(chain, address);
  const wanted = amount ?? free;
  if (wanted === 0n) {
    throw new HoldfastError("NOTHING_FREE", "Nothing is free in the vault; close channels or end files first.");
  }
  const receiver = to ?? address;
  await withdraw(chain, wanted, receiver);
  return { amount: wanted, to: receiver };
}

export interface ClosedChannels {
  /** What came back to the vault account; base units. */
  readonly closed: readonly { readonly provider: Address; readonly returned: bigint }[];
  /** Can be closed from this block on: run it again then. Until then the provider may redeem what it was promised. */
  readonly closing: readonly { readonly provider: Address; readonly closableAt: number; readonly rest: bigint }[];
}

/** Closes every channel whose delay is over and starts the delay of the others. */
export async function closeChannels(chain: SigningChain): Promise<ClosedChannels> {
  const payer = chain.account.address;
  const closed: { provider: Address; returned: bigint }[] = [];
  const closing: { provider: Address; closableAt: number; rest: bigint }[] = [];
  for (const channel of await openChannels(chain, payer)) {
    const { provider, deposit, redeemed } = channel;
    const rest = deposit - redeemed;
    const block = await chain.publicClient.getBlockNumber();
    if (channel.closableAt !== 0 && block >= BigInt(channel.closableAt)) {
      await close(chain, provider);
      closed.push({ provider, returned: rest });
      continue;
    }
    if (channel.closableAt === 0) await startClose(chain, provider);
    const { closableAt } = await channelOf(chain, payer, provider);
    closing.push({ provider, closableAt, rest });
  }
  return { closed, closing };
}
