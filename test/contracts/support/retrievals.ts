/** Two providers that store a replica each for the client; an outsider that asks for groups of them. */
import type { Contract, ContractTransactionResponse } from "ethers";
import { bytesToHex, type Hex, hexToBytes } from "viem";
import { bindCount } from "../../../node/data/data-root.ts";
import { retrievalIdOf } from "../../../node/data/forced-retrieval.ts";
import { leafHash, rootFromPath } from "../../../node/data/hash-tree.ts";
import { GROUP_BYTES } from "../../../node/data/layout.ts";
import type { Filling, Offer } from "../../../node/data/terms.ts";
import { pattern } from "../../fixtures/pattern.ts";
import { random } from "../../fixtures/random.ts";
import { as, type Chain, deployMarket } from "../market/fixture.ts";
import { hexPath, type StoredReplica, storedReplica, storeReplica } from "./replica.ts";

export const GROUPS = 21;
export const ANSWER_BLOCKS = 30n;

export async function deployRetrievals(chain: Chain) {
  const fixture = await deployMarket(chain);
  const { ethers, addresses, vault, registry, outsider, client } = fixture;
  const [provider, other] = fixture.providers as [(typeof fixture.providers)[0], (typeof fixture.providers)[0]];
  const replica = storedReplica(GROUPS, 1);
  const otherReplica = storedReplica(GROUPS, 2);
  const stored = await storeReplica(fixture, replica, client, provider);
  const otherStored = await storeReplica(fixture, otherReplica, client, other);
  const { offer } = stored;
  const retrieval = (await ethers.getContractAt("ForcedRetrieval", addresses.retrieval)) as unknown as Contract;
  const bond: bigint = await retrieval.BOND!();
  const penalty: bigint = await retrieval.PENALTY!();

  const request = (
    group: number,
    of: Filling = stored.claim,
    requester = outsider,
  ): Promise<ContractTransactionResponse> => as(retrieval, requester).request!(of, group);
  const answer = (
    group: number,
    {
      of = offer,
      bytes = replica,
      sender = provider,
    }: { of?: Offer; bytes?: StoredReplica; sender?: typeof provider } = {},
  ): Promise<ContractTransactionResponse> =>
    as(retrieval, sender).answer!(of, bytes.groups[group]!, hexPath(bytes.leaves[group]!.path));
  const state = async () => {
    const free = (account: { address: string }): Promise<bigint> => vault.freeOf!(account.address);
    return {
      provider: await free(provider),
      outsider: await free(outsider),
      stake: (await registry.stakeOf!(provider.address)) as bigint,
      burned: (await vault.totalOf!(7)) as bigint,
      bonds: (await vault.held!(retrieval, 4)) as bigint,
    };
  };
  return {
    ...fixture,
    ...{ provider, other, replica, otherReplica, stored, otherStored, offer, retrieval, bond, penalty },
    ...{ request, answer, state, id: (of: Offer = offer): Hex => retrievalIdOf(of) },
  };
}

/** The dearest group there is: no zero byte, and the longest path, of a replica of 2^18 groups. */
export function dearestGroup(): { group: Uint8Array; path: Hex[]; groups: number; dataRoot: Hex } {
  const { word } = random("dearest");
  const group = pattern(GROUP_BYTES).map((byte) => byte || 1);
  const groups = 2 ** 18;
  const path = Array.from({ length: 18 }, () => word().replaceAll("00", "11") as Hex);
  const root = rootFromPath(
    leafHash(group),
    groups - 1,
    groups,
    path.map((hash) => hexToBytes(hash)),
  );
  return { group, path, groups, dataRoot: bytesToHex(bindCount(groups, root!)) };
}
