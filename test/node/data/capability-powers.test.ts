// What the weaker capabilities cannot do, tried with everything that their holders have: who repairs cannot read, and who reads a
// published file cannot answer for its cold slots.

import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { equalBytes } from "../../../node/common/bytes.ts";
import { sha256 } from "../../../node/common/sha256.ts";
import { attenuate, type Capability, type CapabilityType, secretsOf } from "../../../node/data/capability.ts";
import { encodeCapability } from "../../../node/data/capability-codec.ts";
import { createCidHasher } from "../../../node/data/cid.ts";
import { joinSegment } from "../../../node/data/erasure.ts";
import { createHeaderBuilder, type Header, layoutOf, segmentTag } from "../../../node/data/header.ts";
import { createReedSolomon } from "../../../node/data/kernels/reed-solomon.ts";
import { fileLayout } from "../../../node/data/layout.ts";
import { decryptFacts, encryptFacts } from "../../../node/data/plaintext-facts.ts";
import { seal, sealKey, unseal } from "../../../node/data/seal.ts";
import { deriveSecrets, type FileSecrets, type SecretId, secretOfSlot } from "../../../node/data/secrets.ts";
import { contentKey, decryptSegment, SegmentNotAuthenticError } from "../../../node/data/segment-cipher.ts";
import { encodeSegment, rebuildPieces } from "../../../node/data/segment-codec.ts";

const [k, n] = [2, 5];
const plaintext = new Uint8Array(randomBytes(20_000));
const code = createReedSolomon(k, n);
const reference = {
  chainId: 31337,
  market: "0x90F79bf6EB2c4f870365E785982E1f101E93b906",
  dealKey: `0x${"1".repeat(64)}`,
  headerHash: `0x${"2".repeat(64)}`,
} as const;

interface StoredSegment {
  readonly header: Header;
  /** Sealed, by slot: what the providers hold. */
  readonly replicas: readonly Uint8Array[];
}

const keyOfSlot = (secret: Uint8Array, slot: number) =>
  sealKey(secret, {
    ...{ chainId: reference.chainId, market: reference.market, dealKey: reference.dealKey },
    ...{ slot, generation: 0, sealingProvider: `0x${String(slot).repeat(40)}` },
  });

const sealSecret = (secrets: FileSecrets, id: SecretId) =>
  ({ hot: secrets.hotSecret, cold: secrets.coldSecret, steward: secrets.stewardSecret })[id];

/** A file of one segment whose first `e` slots are hot. */
function store(secrets: FileSecrets, e: number): StoredSegment {
  const { fileId, fileKey } = secrets;
  const layout = fileLayout(plaintext.length, k);
  const { pieces, hashes, tag } = encodeSegment(
    { code, key: contentKey(fileKey, fileId), fileId, layout },
    0,
    plaintext,
  );
  const builder = createHeaderBuilder();
  builder.append({ tag, hashes });
  const cid = createCidHasher();
  cid.update(plaintext);
  const facts = encryptFacts(fileKey, fileId, { cid: cid.finish(), name: "diary" });
  const header = builder.finish({ k, n, e, fileId, fileSize: plaintext.length, facts });
  const replicas = pieces.map((piece, slot) =>
    seal(keyOfSlot(sealSecret(secrets, secretOfSlot(slot, e)), slot), 0, piece),
  );
  return { header, replicas };
}

/** Every 32 bytes that the holder has or could come to by the derivations of this program. */
function within(capability: Capability, { header }: StoredSegment): Uint8Array[] {
  const { fileKey, seal: secrets } = secretsOf(capability);
  const held = [fileKey, secrets.hot, secrets.cold, secrets.steward].filter((secret) => secret !== undefined);
  const derived = held.flatMap((secret) => {
    const { fileKey: key, hotSecret, coldSecret, stewardSecret } = deriveSecrets(secret);
    return [key, hotSecret, coldSecret, stewardSecret, sha256(secret), contentKey(secret, header.fileId)];
  });
  const slots = held.flatMap((secret) => Array.from({ length: n }, (_, slot) => keyOfSlot(secret, slot)));
  return [...held, ...derived, ...slots];
}

/** Unseals what the capability opens, and rebuilds all n shards from any k of them, as a repair does. */
function shardsFor(capability: Capability, { header, replicas }: StoredSegment): Uint8Array[] {
  const { seal: secrets } = secretsOf(capability);
  const open = replicas.flatMap((replica, slot) => {
    const secret = secrets[secretOfSlot(slot, header.e)];
    return secret === undefined ? [] : [{ index: slot, bytes: unseal(keyOfSlot(secret, slot), 0, replica) }];
  });
  const all = Array.from({ length: n }, (_, slot) => slot);
  return rebuildPieces(header, code, 0, open.slice(0, k), all);
}

function read(capability: Capability, stored: StoredSegment, key: Uint8Array): Uint8Array {
  const { header } = stored;
  const pieces = shardsFor(capability, stored).map((bytes, index) => ({ index, bytes }));
  const ciphertext = joinSegment(code, pieces.slice(0, k), layoutOf(header).lastSegmentBytes);
  const place = { fileId: header.fileId, index: 0, last: true };
  return decryptSegment(contentKey(key, header.fileId), place, ciphertext, segmentTag(header, 0));
}

describe("the powers of a capability", () => {
  const master = new Uint8Array(randomBytes(32));
  const secrets = deriveSecrets(master);
  const owner: Capability = { type: "owner", ...reference, master };
  const weaker = (type: CapabilityType) => attenuate(owner, type);

  describe("to repair a private file, given all n replicas,", () => {
    const stored = store(secrets, n);
    const repair = weaker("repair");

    it("rebuild every shard of it", () => {
      for (const [slot, shard] of shardsFor(repair, stored).entries()) {
        expect(equalBytes(seal(keyOfSlot(secrets.hotSecret, slot), 0, shard), stored.replicas[slot]!)).to.equal(true);
      }
      expect(equalBytes(read(repair, stored, secrets.fileKey), plaintext), "control: the key opens it").to.equal(true);
    });

    it("open neither a segment nor the name, with any key that it holds or derives", () => {
      const keys = within(repair, stored);
      expect(keys.length).to.be.greaterThan(20);
      for (const key of keys) {
        expect(() => read(repair, stored, key)).to.throw(SegmentNotAuthenticError);
        expect(() => decryptFacts(key, stored.header.fileId, stored.header.facts)).to.throw();
      }
    });

    it("are the same for files whose keys differ, so that nothing computed from them can be the key", () => {
      const other = { ...secrets, fileKey: new Uint8Array(randomBytes(32)) };
      const capabilityOf = ({ hotSecret, stewardSecret }: FileSecrets) =>
        encodeCapability({ type: "repair", ...reference, hotSecret, stewardSecret });
      expect(capabilityOf(other)).to.equal(encodeCapability(repair));
      const twin = store(other, n);
      expect(equalBytes(read(repair, twin, other.fileKey), plaintext)).to.equal(true);
      expect(() => read(repair, twin, secrets.fileKey)).to.throw(SegmentNotAuthenticError);
    });
  });

  describe("to read a published file", () => {
    const e = 3;
    const stored = store(secrets, e);
    const published = weaker("read");
    const sealedAs = (secret: Uint8Array, slot: number) =>
      equalBytes(seal(keyOfSlot(secret, slot), 0, shardsFor(published, stored)[slot]!), stored.replicas[slot]!);

    it("read it, and answer for its hot slots", () => {
      expect(equalBytes(read(published, stored, secretsOf(published).fileKey!), plaintext)).to.equal(true);
      for (let slot = 0; slot < e; slot++) expect(sealedAs(secretsOf(published).seal.hot!, slot)).to.equal(true);
    });

    it("never give the sealed bytes of a cold slot, whose shard everybody can rebuild", () => {
      for (let slot = e; slot < n; slot++) {
        expect(sealedAs(secrets.coldSecret, slot), "control: the owner's secret does").to.equal(true);
        for (const key of within(published, stored)) expect(sealedAs(key, slot)).to.equal(false);
      }
    });

    it("are not enough for a cold slot that a steward sealed anew, nor are the steward's for one that it did not", () => {
      const shard = shardsFor(published, stored)[e]!;
      const anew = seal(keyOfSlot(secrets.stewardSecret, e), 0, shard);
      for (const key of within(published, stored)) {
        expect(equalBytes(seal(keyOfSlot(key, e), 0, shard), anew)).to.equal(false);
      }
      for (const key of within(weaker("repair"), stored)) expect(sealedAs(key, e)).to.equal(false);
    });
  });
});
