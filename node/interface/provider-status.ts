/** What an operator wants to know: the lane on chain, the replicas on disk, the money. */

import { closedWindows, requiredStake } from "../consensus/spacetime.ts";
import { closeOf, nextOpening, openingOf, openWindow } from "../data/windows.ts";
import type { Host } from "../network/host.ts";
import { allChannels } from "../physical/channel-table.ts";
import { countWindows, latestWindows } from "../physical/window-table.ts";
import type { ProviderParts } from "./provider-parts.ts";
import { heldReplicas, reservations } from "./provider-replicas.ts";
import type { RoomReader } from "./provider-room.ts";

const LISTED = 100;

export async function providerStatus(
  parts: ProviderParts,
  reader: RoomReader,
  host: Host,
): Promise<Record<string, unknown>> {
  const { chain, journal, settings, pieces } = parts;
  const me = chain.account.address;
  const block = parts.latestBlock();
  const [lane, required, closed, freeBytes] = await Promise.all([
    reader.lane(),
    requiredStake(chain, me),
    closedWindows(chain, me),
    pieces.freeBytes(),
  ]);
  const held = journal.read(heldReplicas);
  const channels = journal.read(allChannels);
  const next = nextOpening(chain.parameters, me, block);
  const open = openWindow(chain.parameters, me, block);
  const states = Object.groupBy(held, ({ state }) => state);
  return {
    provider: me,
    peerId: host.peerId.toString(),
    addresses: host.getMultiaddrs().map(String),
    chainId: chain.chainId,
    market: chain.addresses.market,
    block,
    lane: { ...lane, requiredStake: required, closedWindows: closed },
    window: {
      open: open ?? null,
      closesAt: open === undefined ? null : closeOf(chain.parameters, me, open),
      next,
      opensAt: openingOf(chain.parameters, me, next),
    },
    windows: journal.read(countWindows),
    latestWindows: journal.read((db) => latestWindows(db, 10)),
    replicas: Object.fromEntries(Object.entries(states).map(([state, list]) => [state, list.length])),
    replicaList: held.slice(0, LISTED).map(({ replicaId, state, request, firstWindow }) => {
      const { client, dealKey, slot, groups, m } = request.upload;
      return { replicaId, state, client, dealKey, slot, groups, m, price: request.quote.price, firstWindow };
    }),
    disk: { capacity: settings.capacity, stored: journal.read((db) => reservations(db)).stored, freeBytes },
    retrieval: {
      payers: channels.length,
      promised: channels.reduce((sum, { cumulative }) => sum + cumulative, 0n),
      redeemed: channels.reduce((sum, { redeemed }) => sum + redeemed, 0n),
    },
  };
}
