// EIP-712 signatures of everything that parties promise each other off the chain.
// The market's domain for all messages about deals, the channels' domain for vouchers.

import { type Address, type Hex, isAddressEqual, type LocalAccount, recoverTypedDataAddress } from "viem";
import { type Extension, extensionTypes, type HandOver, handOverTypes } from "../data/change-messages.ts";
import {
  type Commitment,
  commitmentTypes,
  type Offer,
  offerTypes,
  type Quote,
  quoteTypes,
  type SlotTableMessage,
  slotTableTypes,
  type Upload,
  uploadTypes,
} from "../data/terms.ts";
import type { Domain } from "./chain.ts";
import type { Voucher } from "./channels.ts";

/** By EIP-712 primary type. */
export interface Messages {
  Quote: Quote;
  Upload: Upload;
  Commitment: Commitment;
  Offer: Offer;
  SlotTable: SlotTableMessage;
  Extension: Extension;
  HandOver: HandOver;
  Voucher: Voucher;
}
export type MessageKind = keyof Messages;

/** The two domains of a deployment; a connected chain has them. */
export interface Domains {
  readonly marketDomain: Domain;
  readonly channelsDomain: Domain;
}

export const voucherTypes = {
  Voucher: [
    { name: "payer", type: "address" },
    { name: "provider", type: "address" },
    { name: "epoch", type: "uint64" },
    { name: "cumulative", type: "uint128" },
  ],
} as const;

const types = {
  ...quoteTypes,
  ...uploadTypes,
  ...commitmentTypes,
  ...offerTypes,
  ...slotTableTypes,
  ...extensionTypes,
  ...handOverTypes,
  ...voucherTypes,
};

/** What a wallet signs for a message, in viem's form. */
export function typedData<kind extends MessageKind>(domains: Domains, kind: kind, message: Messages[kind]) {
  return {
    domain: kind === "Voucher" ? domains.channelsDomain : domains.marketDomain,
    // An extension has an offer in it.
    types: (kind === "Extension" ? extensionTypes : { [kind]: types[kind] }) as Record<
      string,
      readonly { name: string; type: string }[]
    >,
    primaryType: kind as string,
    message: { ...message } as Record<string, unknown>,
  };
}

/** Signs with an Ethereum key; 65 bytes. */
export function signMessage<kind extends MessageKind>(
  domains: Domains,
  account: LocalAccount,
  kind: kind,
  message: Messages[kind],
): Promise<Hex> {
  return account.signTypedData(typedData(domains, kind, message));
}

/** Half the order of secp256k1, rounded down: the contracts refuse signatures whose s is above it. */
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

/**
 * Whether the contracts would look at the signature: 65 bytes, v 27 or 28, the lower of the two possible s. Recovery takes
 * other forms too; a payer whose vouchers had one would be sent pieces for words that redeem to nothing.
 */
function isCanonical(signature: Hex): boolean {
  return /^0x[0-9a-f]{128}1[bc]$/i.test(signature) && BigInt(`0x${signature.slice(66, 130)}`) <= HALF_ORDER;
}

/** Who signed; undefined when it is no signature that the contracts take. Costs about 7 ms of CPU. */
export async function recoverSigner<kind extends MessageKind>(
  domains: Domains,
  kind: kind,
  message: Messages[kind],
  signature: Hex,
): Promise<Address | undefined> {
  if (!isCanonical(signature)) return undefined;
  try {
    return await recoverTypedDataAddress({ ...typedData(domains, kind, message), signature });
  } catch {
    return undefined;
  }
}

/** Whether `signer`, a key and not a contract wallet, signed exactly this. Never throws for what a peer sent. */
export async function verifyMessage<kind extends MessageKind>(
  domains: Domains,
  kind: kind,
  message: Messages[kind],
  signature: Hex,
  signer: Address,
): Promise<boolean> {
  const found = await recoverSigner(domains, kind, message, signature);
  return found !== undefined && isAddressEqual(found, signer);
}
