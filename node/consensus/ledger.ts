// Re-derives every movement of money from the events that say why it moved, and not from the vault's own record of locks
// and releases: so that comparing the two (balance.ts) can find a difference.

import type { Address, Hex } from "viem";
import { isPosted, type Order } from "../data/order.ts";
import type { Offer } from "../data/terms.ts";
import type { HoldfastLog } from "./events.ts";
import { type Bucket, buckets } from "./vault.ts";

/** Why money moved. */
export type Reason =
  | "deposit"
  | "withdrawal"
  | "lock" // into or out of one's own bucket
  | "fee"
  | "storage"
  | "retrieval"
  | "refund"
  | "slash"
  | "reward" // to whoever did the accounting or settled a failure
  | "compensation" // lost collateral that became the client's
  | "collateralBurn"
  | "funding" // given to the reward pool for good
  | "subsidy" // out of the reward pool
  | "bond" // of a request that was answered, an order that somebody let down, or a failure whose slot a steward refilled
  | "sweep";

/** Where money lies: a party's share of a bucket, or outside the vault. What is pooled or burned belongs to nobody. */
export type Place = { readonly bucket: Bucket; readonly party: Address } | "pool" | "burned" | "outside";

export interface Transfer {
  readonly reason: Reason;
  readonly from: Place;
  readonly to: Place;
  readonly amount: bigint;
}

/** What a deployment fixed for good and its events do not repeat. */
export interface LedgerParameters {
  readonly market: Address;
  /** Of lost collateral, in basis points. */
  readonly shares: { readonly client: bigint; readonly repairer: bigint };
  /** What a forced retrieval locks, in base units. */
  readonly bond: bigint;
}

const WHOLE = 10_000n;
const ESCROWS = buckets.indexOf("escrows");
const COLLATERAL = buckets.indexOf("collateral");

const at = (bucket: Bucket, party: Address): Place => ({ bucket, party });
const free = (party: Address): Place => at("accounts", party);

/** What a slot has in the vault: `end - settled` windows of its replica and `left` ones that wait for another, at `price`. */
interface Spot {
  readonly client: Address;
  readonly price: bigint;
  collateral: bigint;
  end: number;
  settled: number;
  left: number;
}

const NOTHING = { price: 0n, collateral: 0n, end: 0, settled: 0, left: 0 };

/** All transfers, in order. `logs` must be every event of the deployment, from its first. */
export function transfersOf(logs: readonly HoldfastLog[], { market, shares, bond }: LedgerParameters): Transfer[] {
  const transfers: Transfer[] = [];
  const windowsOf = new Map(
    logs.flatMap((log) => (log.eventName === "DealOpened" ? [[log.args.dealKey, log.args.terms.windows]] : [])),
  );
  const slots = new Map<string, Spot>();
  const requesters = new Map<Hex, Address>();
  const buyers = new Map<Hex, Address>();
  const orders = new Map<Hex, { readonly order: Order; readonly slotEscrow: bigint }>();
  let buyer: Address | undefined;
  let lastRelease: Address | undefined;

  const move = (reason: Reason, amount: bigint, from: Place, to: Place) => {
    if (amount !== 0n) transfers.push({ reason, from, to, amount });
  };
  const slotOf = ({ dealKey, slot }: { dealKey: string; slot: number }) => {
    const found = slots.get(`${dealKey}:${slot}`);
    if (found === undefined) throw new Error(`no SlotFilled before an event of slot ${slot} of ${dealKey}`);
    return found;
  };
  const loseCollateral = (provider: Address, client: Address, toClient: bigint, bonus: bigint, burned: bigint) => {
    const collateral = at("collateral", provider);
    move("compensation", toClient, collateral, free(client));
    move("compensation", bonus, collateral, at("bonds", client));
    move("collateralBurn", burned, collateral, "burned");
  };

  /** Another filling of a slot for `end` windows: escrow and collateral become what it asks. */
  const fill = ({ dealKey, offer, end }: { dealKey: string; offer: Offer; end: number }) => {
    const { client, provider, slot, price, collateral } = offer;
    const key = `${dealKey}:${slot}`;
    const before = slots.get(key) ?? { ...NOTHING, client };
    const held = BigInt(before.end - before.settled + before.left) * before.price;
    const needed = price * BigInt(end);
    if (needed > held) move("lock", needed - held, free(client), at("escrows", client));
    else move("refund", held - needed, at("escrows", client), free(client));
    move("lock", collateral - before.collateral, free(provider), at("collateral", provider));
    slots.set(key, { client, price, collateral, end, settled: 0, left: 0 });
    buyer = client;
  };

  for (const log of logs) {
    switch (log.eventName) {
      case "Deposited":
        move("deposit", log.args.amount, "outside", free(log.args.account));
        break;
      case "Withdrawn":
        move("withdrawal", log.args.amount, free(log.args.account), "outside");
        break;
      case "BurnsSwept":
        move("sweep", log.args.amount, "burned", "outside");
        break;
      case "Staked":
      case "StakeEarned":
        move("lock", log.args.amount, free(log.args.provider), at("stakes", log.args.provider));
        break;
      case "Unstaked":
        move("lock", log.args.amount, at("stakes", log.args.provider), free(log.args.provider));
        break;
      case "StakeSlashed":
        move("slash", log.args.burned, at("stakes", log.args.provider), "burned");
        move("reward", log.args.reward, at("stakes", log.args.provider), free(log.args.caller));
        break;
      case "SlotFilled":
        fill({ ...log.args, end: windowsOf.get(log.args.dealKey) ?? 0 });
        break;
      case "SlotExtended":
      case "SlotToppedUp":
      case "SlotRefilled":
        fill(log.args);
        break;
      case "SlotHandedOver": {
        const spot = slotOf({ ...log.args, slot: log.args.offer.slot });
        move("lock", spot.collateral, at("collateral", log.args.from), free(log.args.from));
        spot.collateral = 0n;
        fill(log.args);
        break;
      }
      case "BonusClaimed": {
        const { client } = slotOf(log.args);
        const { amount, refiller } = log.args;
        move(refiller === client ? "lock" : "bond", amount, at("bonds", client), free(refiller));
        break;
      }
      case "Burned":
        // The market burns escrow for one purpose only: the fee of the slots filled or changed just before.
        if (log.args.module === market && log.args.bucket === ESCROWS && buyer !== undefined) {
          move("fee", log.args.amount, free(buyer), "burned");
        }
        break;
      case "Released":
        if (log.args.module === market && log.args.bucket === COLLATERAL) lastRelease = log.args.account;
        break;
      case "SlotSettled": {
        const spot = slotOf(log.args);
        const { provider, proven, missed } = log.args;
        spot.settled += proven + missed;
        move("storage", BigInt(proven) * spot.price, at("escrows", spot.client), free(provider));
        move("refund", BigInt(missed) * spot.price, at("escrows", spot.client), free(spot.client));
        break;
      }
      case "SlotCancelled": {
        const spot = slotOf(log.args);
        spot.end = log.args.end;
        move("refund", log.args.refunded, at("escrows", spot.client), free(spot.client));
        move("storage", log.args.fee, at("escrows", spot.client), free(log.args.provider));
        break;
      }
      case "SlotDropped": {
        const spot = slotOf(log.args);
        spot.end = log.args.end;
        move("refund", log.args.refunded, at("escrows", spot.client), free(spot.client));
        break;
      }
      case "SlotForfeited": {
        const spot = slotOf(log.args);
        const { end, penalty, provider } = log.args;
        spot.left = spot.end - end;
        spot.end = end;
        spot.collateral -= penalty;
        const toClient = (penalty * shares.client) / WHOLE;
        const bonus = (penalty * shares.repairer) / WHOLE;
        loseCollateral(provider, spot.client, toClient, bonus, penalty - toClient - bonus);
        break;
      }
      case "SlotFailed": {
        const { provider, toClient, bonus, toCaller, burned } = log.args;
        const spot = slotOf(log.args);
        spot.collateral = 0n;
        loseCollateral(provider, spot.client, toClient, bonus, burned);
        // The caller's share is the last collateral that the market released before it told of the failure.
        if (toCaller !== 0n) move("reward", toCaller, at("collateral", provider), free(lastRelease as Address));
        break;
      }
      case "SlotReleased":
        slotOf(log.args).collateral = 0n;
        move("lock", log.args.collateral, at("collateral", log.args.provider), free(log.args.provider));
        break;
      case "SlotReclaimed": {
        const spot = slotOf(log.args);
        [spot.end, spot.left] = [spot.settled, 0];
        move("refund", log.args.escrow, at("escrows", log.args.client), free(log.args.client));
        move("collateralBurn", log.args.bonus, at("bonds", log.args.client), "burned");
        break;
      }
      case "OrderPosted": {
        const { client, order, slotEscrow, payment, dealKey } = log.args;
        const escrow = slotEscrow * BigInt(order.terms.slots);
        orders.set(dealKey, { order, slotEscrow });
        move("lock", escrow, free(client), at("escrows", client));
        move("lock", payment - escrow, free(client), at("bonds", client));
        break;
      }
      case "SlotReserved": {
        const { deposit } = orders.get(log.args.dealKey)!.order;
        move("lock", deposit, free(log.args.provider), at("bonds", log.args.provider));
        break;
      }
      case "ReplicaCommitted":
        move("lock", log.args.collateral, free(log.args.provider), at("collateral", log.args.provider));
        break;
      case "OrderFilled": {
        const { provider, slot, reserved, dealKey } = log.args;
        const { order, slotEscrow } = orders.get(dealKey)!;
        move("lock", slotEscrow, at("escrows", order.client), free(order.client));
        if (reserved) move("lock", order.deposit, at("bonds", provider), free(provider));
        if (isPosted(order, slot)) break;
        move("lock", order.deposit, at("bonds", order.client), free(order.client));
        move("lock", log.args.collateral, at("collateral", provider), free(provider));
        break;
      }
      case "ReservationExpired":
        move("bond", log.args.deposit, at("bonds", log.args.provider), "burned");
        break;
      case "ProviderUnfit": {
        const { provider, collateral, deposit } = log.args;
        move("lock", collateral, at("collateral", provider), free(provider));
        move("bond", deposit, at("bonds", provider), "burned");
        break;
      }
      case "CommitmentExpired": {
        const { provider, collateral, deposit, dealKey } = log.args;
        const { order, slotEscrow } = orders.get(dealKey)!;
        move("lock", collateral, at("collateral", provider), free(provider));
        move("lock", deposit, at("bonds", provider), free(provider));
        move("bond", deposit, at("bonds", order.client), free(provider));
        move("refund", slotEscrow, at("escrows", order.client), free(order.client));
        break;
      }
      case "CommitmentRejected": {
        const { provider, collateral, deposit, reopened, dealKey } = log.args;
        const { order, slotEscrow } = orders.get(dealKey)!;
        move("lock", collateral, at("collateral", provider), free(provider));
        move("bond", deposit, at("bonds", provider), "burned");
        move("bond", deposit, at("bonds", order.client), "burned");
        if (reopened) move("lock", deposit, free(order.client), at("bonds", order.client));
        else move("refund", slotEscrow, at("escrows", order.client), free(order.client));
        break;
      }
      case "OrderClosed": {
        const { client, escrow, bonds } = log.args;
        move("refund", escrow, at("escrows", client), free(client));
        move("lock", bonds, at("bonds", client), free(client));
        break;
      }
      case "ReplicaPinned":
        move("fee", log.args.fee, free(log.args.client), "burned");
        break;
      case "ChannelFunded":
        move("lock", log.args.amount, free(log.args.payer), at("channels", log.args.payer));
        break;
      case "VoucherRedeemed":
        move("retrieval", log.args.paid, at("channels", log.args.payer), free(log.args.provider));
        break;
      case "ChannelClosed":
        move("lock", log.args.returned, at("channels", log.args.payer), free(log.args.payer));
        break;
      case "GroupRequested":
        requesters.set(log.args.replica, log.args.requester);
        move("lock", bond, free(log.args.requester), at("bonds", log.args.requester));
        break;
      case "RequestDisplaced":
        move("lock", bond, at("bonds", log.args.requester), free(log.args.requester));
        break;
      case "GroupAnswered":
        move("bond", bond, at("bonds", requesters.get(log.args.replica)!), free(log.args.provider));
        break;
      case "GroupWithheld":
        move("lock", bond, at("bonds", log.args.requester), free(log.args.requester));
        break;
      case "DownloadOpened": {
        const { buyer: payer, price } = log.args.session;
        buyers.set(log.args.id, payer);
        move("lock", price, free(payer), at("escrows", payer));
        break;
      }
      case "DownloadPaid": {
        const escrow = at("escrows", buyers.get(log.args.id)!);
        move("retrieval", log.args.paid, escrow, free(log.args.seller));
        move("fee", log.args.fee, escrow, "burned");
        break;
      }
      case "DownloadReturned":
        move("refund", log.args.amount, at("escrows", log.args.buyer), free(log.args.buyer));
        break;
      case "PoolFunded":
        move("funding", log.args.amount, free(log.args.from), "pool");
        break;
      case "StorageRewarded":
        move("subsidy", log.args.amount, "pool", free(log.args.provider));
        break;
      case "DownloadRewarded":
        move("subsidy", log.args.amount, "pool", free(log.args.seller));
        break;
    }
  }
  return transfers;
}
