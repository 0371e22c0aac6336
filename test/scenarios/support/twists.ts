// The ways in which the adversaries of the scenarios cheat, one each.

import { randomBytes } from "node:crypto";
import { type Hex, toHex } from "../../../node/common/hex.ts";
import { signMessage } from "../../../node/consensus/signing.ts";
import { createDataRootBuilder } from "../../../node/data/data-root.ts";
import type { Offer, Upload } from "../../../node/data/terms.ts";
import type { RetrievalSession } from "../../../node/network/protocols/retrieve.ts";
import type { UploadCommitment, UploadSession } from "../../../node/network/protocols/upload.ts";
import { Refusal } from "../../../node/network/refusal.ts";
import type { Handlers, Surroundings, Twist } from "./adversary.ts";

const forever = () => new Promise<never>(() => {});

export const refusesQuotes: Twist = (_, { met }) => ({
  quote: {
    async quote() {
      met();
      throw new Refusal("NOT_ACCEPTING", "Not today.");
    },
  },
});

export const hangsAtQuotes: Twist = (_, { met }) => ({
  quote: {
    quote() {
      met();
      return forever();
    },
  },
});

export const hangsAtUploads: Twist = (_, { met }) => ({
  upload: {
    begin() {
      met();
      return forever();
    },
  },
});

/** Refuses with a code that would be the client's own fault, had the client met it itself. */
export const refusesUploads: Twist = (_, { met }) => ({
  upload: {
    async begin() {
      met();
      throw new Refusal("DISK_FULL", "This provider's disk is full. Choose another.");
    },
  },
});

const changedSession = (
  honest: Handlers,
  change: (session: UploadSession, upload: Upload) => Partial<UploadSession>,
): Partial<Handlers> => ({
  upload: {
    async begin(request, peerId) {
      const session = await honest.upload.begin(request, peerId);
      return { ...session, ...change(session, request.upload) };
    },
  },
});

async function signCommitment({ chain }: Surroundings, upload: Upload, held: Omit<UploadCommitment, "signature">) {
  const { provider, dealKey, slot, generation, m, groups } = upload;
  const message = { provider, dealKey, slot, generation, ...held, m, groups };
  return { ...held, signature: await signMessage(chain, chain.account, "Commitment", message) };
}

/** Signs a root of nothing it holds. */
export const signsAnotherRoot: Twist = (honest, around) =>
  changedSession(honest, (session, upload) => ({
    async finish(dataRoot) {
      around.met();
      const root = toHex(Uint8Array.from([0, ...randomBytes(31)]));
      return await signCommitment(around, upload, { ...(await session.finish(dataRoot)), root });
    },
  }));

/** Keeps other bytes than were sent, commits to those, and claims the data root that the client wants to hear. */
const keepsOtherBytes =
  (alter: (index: number, bytes: Uint8Array) => Uint8Array): Twist =>
  (honest, around) => {
    const claimed = new Map<string, Hex>();
    return changedSession(honest, (session, upload) => {
      const place = `${upload.dealKey}/${upload.slot}`;
      const kept: Uint8Array[] = [];
      return {
        async piece(index, bytes) {
          kept[index] = alter(index, bytes);
          await session.piece(index, kept[index]);
        },
        async finish(dataRoot) {
          around.met();
          claimed.set(place, dataRoot);
          const builder = createDataRootBuilder();
          for (const bytes of kept) builder.append(bytes);
          const { root } = await session.finish(toHex(builder.finish().dataRoot));
          return await signCommitment(around, upload, { root, dataRoot });
        },
        async offer() {
          const { offer } = await session.offer();
          return await signedOffer(around, { ...offer, dataRoot: claimed.get(place)! });
        },
      };
    });
  };

/** Not one element is right. */
export const keepsNoise = keepsOtherBytes((_, bytes) => bytes.map((byte) => byte ^ 0x5a));

/** One element of the whole replica is wrong: 1,024 samples of a large one rarely hit it. */
export const altersOneElement = keepsOtherBytes((index, bytes) => {
  if (index !== 0) return bytes;
  const altered = Uint8Array.from(bytes);
  altered[0]! ^= 1;
  return altered;
});

async function signedOffer({ chain }: Surroundings, offer: Offer) {
  return { offer, signature: await signMessage(chain, chain.account, "Offer", offer) };
}

const offersOtherwise =
  (change: (offer: Offer) => Partial<Offer>): Twist =>
  (honest, around) =>
    changedSession(honest, (session) => ({
      async offer() {
        around.met();
        const { offer } = await session.offer();
        return await signedOffer(around, { ...offer, ...change(offer) });
      },
    }));

export const offersExpired = offersOtherwise(() => ({ expiry: 1 }));
export const offersDearer = offersOtherwise(({ price }) => ({ price: price + 1n }));
export const offersLessCollateral = offersOtherwise(({ collateral }) => ({ collateral: collateral - 1n }));

const changedRetrieval = (
  honest: Handlers,
  change: (session: RetrievalSession) => Partial<RetrievalSession>,
): Partial<Handlers> => ({
  retrieve: {
    async open(request, peerId) {
      const session = await honest.retrieve.open(request, peerId);
      return { ...session, ...change(session) };
    },
  },
});

export const sendsWrongBytes: Twist = (honest, { met }) =>
  changedRetrieval(honest, (session) => ({
    async pieces(index, count) {
      met();
      const run = await session.pieces(index, count);
      return run.map(({ bytes, path }) => ({ bytes: bytes.map((byte) => byte ^ 1), path }));
    },
  }));

export const takesTheMoneyAndHangs: Twist = (honest, { met }) =>
  changedRetrieval(honest, () => ({
    pieces() {
      met();
      return forever();
    },
  }));

/** Says that everything it was just paid is spent already. */
export const claimsFalseCredit: Twist = (honest, { met }) =>
  changedRetrieval(honest, (session) => ({
    async voucher(message) {
      met();
      const { cumulative } = await session.voucher(message);
      return { cumulative, spent: cumulative };
    },
  }));
