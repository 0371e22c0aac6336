import { inspect } from "node:util";
import { expect } from "chai";
import { base32 } from "multiformats/bases/base32";
import { concatBytes, utf8 } from "../../../node/common/bytes.ts";
import { toHex } from "../../../node/common/hex.ts";
import { sha256 } from "../../../node/common/sha256.ts";
import { attenuate, type Capability, type CapabilityType, secretsOf } from "../../../node/data/capability.ts";
import { decodeCapability, encodeCapability } from "../../../node/data/capability-codec.ts";
import { checkHotSlots, checkPublishable, deriveSecrets, secretOfSlot } from "../../../node/data/secrets.ts";
import { pattern } from "../../fixtures/pattern.ts";

const types: CapabilityType[] = ["owner", "read", "repair", "verify"];
const owner: Capability = {
  type: "owner",
  chainId: 31337,
  market: "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045",
  dealKey: toHex(pattern(32, 2)),
  headerHash: toHex(pattern(32, 3)),
  master: pattern(32, 4),
};

/** A string with a right checksum around any content. */
function forge(prefix: string, payload: Uint8Array): string {
  return prefix + base32.baseEncode(concatBytes(payload, sha256(utf8(prefix), payload).subarray(0, 4)));
}

describe("capability", () => {
  it("keeps its golden strings", () => {
    expect(encodeCapability(owner)).to.equal(
      "hf1owner1aeaaaaaaaaahu2oy3jv7e2lev6ox53m6apstifotpkuwaridb3fmyca5i6trsgcapqeguyuzszxan6ok5rvklkvhbnjd4nuhuoytqduu4xiudbcpkvld6a2ytgaoftvf4pkh67whn4vullq7n2ipebquexjhn3j257l3frmbf4m2qjy3ojoe2md2wwgfxfogfnqwkwahnjhq7fa",
    );
    expect(encodeCapability(attenuate(owner, "read"))).to.equal(
      "hf1read1aeaaaaaaaaahu2oy3jv7e2lev6ox53m6apstifotpkuwaridb3fmyca5i6trsgcapqeguyuzszxan6ok5rvklkvhbnjd4nuhuoytqduu4xiudbcpkvld6a2ytgaoftvf4pkh67whn4vullq7n2ipfv274oeysg4frackz4wazyvxlumpoeby6s46m7a6kmil7ih3lvlmfcu7oh2wpa2c3kazmyzwxl3ajsgka7rynl5milx3n6yqye3uh7cedtdy5m",
    );
    expect(encodeCapability(attenuate(owner, "repair"))).to.equal(
      "hf1repair1aeaaaaaaaaahu2oy3jv7e2lev6ox53m6apstifotpkuwaridb3fmyca5i6trsgcapqeguyuzszxan6ok5rvklkvhbnjd4nuhuoytqduu4xiudbcpkvld6a2ytgaoftvf4pkh67whn4vullq7n2ipekfj64pvm6bufwubszrtnoxwatemub7dq2x2yqxpw35rbqjxip6eahwxgm3sajabmeb7ewxevpyz53hr5ebidhcumijy6265jwqwxi3wxd5ujm",
    );
    expect(encodeCapability(attenuate(owner, "verify"))).to.equal(
      "hf1verify1aeaaaaaaaaahu2oy3jv7e2lev6ox53m6apstifotpkuwaridb3fmyca5i6trsgcapqeguyuzszxan6ok5rvklkvhbnjd4nuhuoytqduu4xiudbcpkvld6a2ytgaoftvf4pkh67whn4vullq7n2ipfbvj3akq",
    );
  });

  it("comes back from its string, with spaces around it or not", () => {
    for (const type of types) {
      const capability = attenuate(owner, type);
      expect(decodeCapability(encodeCapability(capability))).to.deep.equal(capability);
      expect(decodeCapability(`  ${encodeCapability(capability)}\n`)).to.deep.equal(capability);
    }
  });

  it("gives exactly what its type says", () => {
    const { fileKey, hotSecret, coldSecret, stewardSecret } = deriveSecrets(
      owner.type === "owner" ? owner.master : new Uint8Array(),
    );
    expect(secretsOf(owner)).to.deep.equal({
      fileKey,
      seal: { hot: hotSecret, cold: coldSecret, steward: stewardSecret },
    });
    expect(secretsOf(attenuate(owner, "read"))).to.deep.equal({ fileKey, seal: { hot: hotSecret } });
    expect(secretsOf(attenuate(owner, "repair"))).to.deep.equal({ seal: { hot: hotSecret, steward: stewardSecret } });
    expect(secretsOf(attenuate(owner, "verify"))).to.deep.equal({ seal: {} });
    expect(new Set([fileKey, hotSecret, coldSecret, stewardSecret].map(toHex)).size).to.equal(4);
  });

  it("can be weakened but never strengthened or turned sideways", () => {
    const allowed: Record<CapabilityType, CapabilityType[]> = {
      owner: types,
      read: ["read", "verify"],
      repair: ["repair", "verify"],
      verify: ["verify"],
    };
    for (const from of types) {
      for (const to of types) {
        const act = () => attenuate(attenuate(owner, from), to).type;
        if (allowed[from].includes(to)) expect(act()).to.equal(to);
        else expect(act, `${from} to ${to}`).to.throw(`A ${from} capability cannot give a ${to} capability`);
      }
    }
  });

  it("carries no secret of a stronger type in its string", () => {
    const { coldSecret, stewardSecret } = deriveSecrets(pattern(32, 4));
    const read = Buffer.from(base32.baseDecode(encodeCapability(attenuate(owner, "read")).slice("hf1read1".length)));
    for (const secret of [pattern(32, 4), coldSecret, stewardSecret])
      expect(read.includes(Buffer.from(secret))).to.equal(false);
  });

  it("is refused after any one wrong character, and when cut or swapped in type", () => {
    const text = encodeCapability(owner);
    for (let i = 0; i < text.length; i++) {
      const other = text[i] === "a" ? "b" : "a";
      expect(() => decodeCapability(text.slice(0, i) + other + text.slice(i + 1)), `character ${i}`).to.throw();
      expect(() => decodeCapability(text.slice(0, i))).to.throw();
    }
    expect(() => decodeCapability(encodeCapability(attenuate(owner, "read")).replace("read", "repair"))).to.throw(
      "mistyped",
    );
    expect(() => decodeCapability(`${text}a`)).to.throw();
  });

  it("is refused in one clear sentence when unknown, from a later version, suite or type", () => {
    const payload = concatBytes(Uint8Array.of(1), new Uint8Array(92));
    const cases: [string, RegExp][] = [
      ["", /^This is not a Holdfast capability/],
      ["bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e", /^This is not a Holdfast capability/],
      [encodeCapability(owner).toUpperCase(), /^This is not a Holdfast capability/],
      [forge("hf2owner1", payload), /^This capability has version 2, this program reads version 1: update Holdfast\.$/],
      [forge("hf1gift1", payload), /^This capability is of a type this program does not know: update Holdfast\.$/],
      [forge("hf1constructor1", payload), /^This capability is of a type this program does not know/],
      [forge("hf1verify1", payload.with(0, 2)), /^This capability uses cipher suite 2/],
      [forge("hf1owner1", payload), /^This capability does not hold what its type says\.$/],
      [forge("hf1verify1", payload.with(1, 255)), /^This capability names an impossible chain id\.$/],
    ];
    for (const [text, sentence] of cases) expect(() => decodeCapability(text)).to.throw(sentence);
  });

  it("shows no part of itself in any error", () => {
    const text = encodeCapability(owner);
    const broken = [`${text}q`, text.slice(0, -1), text.replace("owner", "read"), text.slice(3), `${text} ${text}`];
    for (const attempt of broken) {
      try {
        decodeCapability(attempt);
        expect.fail("was accepted");
      } catch (error) {
        const shown = inspect(error, { depth: 9, showHidden: true });
        for (let i = 10; i + 8 < text.length; i += 8) expect(shown).to.not.include(text.slice(i, i + 8));
      }
    }
  });
});

describe("hot and cold slots", () => {
  it("seal the first e slots hot and the rest cold", () => {
    expect([0, 1, 2, 3].map((slot) => secretOfSlot(slot, 2))).to.deep.equal(["hot", "hot", "cold", "cold"]);
  });

  it("need at least k hot slots to be readable and k cold ones to be published", () => {
    checkHotSlots(3, 5, 5);
    checkPublishable(3, 6, 3);
    expect(() => checkHotSlots(3, 5, 2)).to.throw("needs 3 to 5 hot slots, got 2");
    expect(() => checkHotSlots(3, 5, 6)).to.throw("got 6");
    expect(() => checkPublishable(3, 6, 4)).to.throw("buys one copy in total");
    expect(() => checkPublishable(3, 5, 5)).to.throw("n >= 6");
    expect(() => checkPublishable(3, 6, 2)).to.throw("hot slots");
  });
});
