/** Strict downloads between buyers and sellers that cheat now and then. */
import type { Hex } from "viem";
import { rewardPoolAbi, strictDownloadAbi } from "../../../../node/consensus/abi.ts";
import {
  dispute,
  downloadStatusOf,
  giveBack,
  open,
  pay,
  reveal,
  sessionId,
} from "../../../../node/data/model/downloads.ts";
import { claimDownload } from "../../../../node/data/model/rewards.ts";
import type { DownloadSession } from "../../../../node/data/strict-download.ts";
import { signDigest } from "../cast.ts";
import { type Delivery, WRONG_KEY } from "../deliveries.ts";
import { type Action, chance, encode, type Intent, pick, type World } from "../world.ts";
import { actorAt, signatureOf } from "./deals.ts";
import { someFilling } from "./slots.ts";

/** Both sign; anyone brings it to the chain. */
export const opening: Action = async (world, dice) => {
  const filling = someFilling(world, dice);
  if (filling === undefined) return [];
  const { offer } = filling;
  const delivery = pick(
    dice,
    world.deliveries.filter(({ dataRoot }) => dataRoot === offer.dataRoot),
  );
  const revealBy = Number(world.block) + dice.between(0, 60);
  const session: DownloadSession = {
    ...delivery.session,
    ...{ buyer: pick(dice, world.cast.clients).address, seller: offer.provider, price: pick(dice, [0n, 1n, 100_001n]) },
    ...{ revealBy, disputeUntil: revealBy + pick(dice, [9, 10, 11, 40]) },
    ...(chance(dice, 6) ? pick(dice, [{ count: 0 }, { first: 40 }, { groups: 99 }, { price: 10n ** 20n }]) : {}),
  };
  const buyer = actorAt(world, session.buyer);
  const seller = actorAt(world, session.seller);
  const id = sessionId(world, session);
  const isForged = chance(dice, 6);
  const signatures = [await signDigest(isForged ? world.cast.outsider : buyer, id), await signDigest(seller, id)];
  const isSigned = () => !isForged && signatureOf(world, seller, false) === "good";
  world.memory.sessions.push({ session, delivery });
  const args = [session, filling, ...signatures];
  return [
    {
      name: "open download",
      ...encode(pick(dice, world.cast.everybody), world.addresses.downloads, strictDownloadAbi, "open", args),
      apply: (call) => open(call, session, filling, isSigned()),
      spends: [[session.buyer, session.price]],
    },
  ];
};

/** The next step of a session, or one that is not due. */
export const continuing: Action = (world, dice) => {
  const { sessions } = world.memory;
  if (sessions.length === 0) return [];
  const { session, delivery } = pick(dice, sessions.slice(-8));
  const actor = pick(dice, world.cast.everybody);
  const at = (name: string, args: readonly unknown[], apply: Intent["apply"]): Intent[] => [
    { name: `download: ${name}`, ...encode(actor, world.addresses.downloads, strictDownloadAbi, name, args), apply },
  ];
  const key = chance(dice, 95) ? delivery.key : WRONG_KEY;
  const next = chance(dice, 75) ? nextStep(world, session, delivery) : pick(dice, STEPS);
  switch (next) {
    case "reveal":
      return at("reveal", [session, key], (call) => reveal(call, session, key === delivery.key));
    case "dispute": {
      const refusal = refusalOf(delivery, key);
      return at("dispute", [session, key, delivery.shown], (call) => dispute(call, session, refusal));
    }
    case "pay":
      return at("pay", [session], (call) => pay(call, session));
    case "giveBack":
      return at("giveBack", [session], (call) => giveBack(call, session));
  }
};

const STEPS = ["reveal", "dispute", "pay", "giveBack"] as const;

/** What suits somebody in the next block. */
function nextStep(world: World, session: DownloadSession, { isGood }: Delivery): (typeof STEPS)[number] {
  const next = Number(world.block) + 1;
  if (downloadStatusOf(world.state, sessionId(world, session)) !== "Revealed") {
    return next <= session.revealBy ? "reveal" : "giveBack";
  }
  return !isGood && next <= session.disputeUntil ? "dispute" : "pay";
}

export const rewarding: Action = (world, dice) => {
  const { sessions } = world.memory;
  if (sessions.length === 0) return [];
  const { session } = pick(dice, sessions);
  return [
    {
      name: "claimDownload",
      ...encode(pick(dice, world.cast.everybody), world.addresses.rewards, rewardPoolAbi, "claimDownload", [session]),
      apply: (call) => claimDownload(call, session),
    },
  ];
};

function refusalOf(delivery: Delivery, key: Hex): string | undefined {
  if (key !== delivery.key) return "DownloadWrongKey";
  return delivery.isGood ? "DownloadGroupIsGood" : undefined;
}
