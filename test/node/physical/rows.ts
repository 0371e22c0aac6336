import type { ReplicaRow } from "../../../node/physical/replica-table.ts";

export const replicaRow: ReplicaRow = {
  replicaId: `0x${"ab".repeat(32)}`,
  state: "receiving",
  client: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
  dealKey: `0x${"cd".repeat(32)}`,
  slot: 2,
  generation: 0,
  groups: 20,
  m: 14,
  request: "{}",
  root: null,
  dataRoot: null,
  offer: null,
  offerExpiry: null,
  firstWindow: null,
  touchedAt: 5,
};
