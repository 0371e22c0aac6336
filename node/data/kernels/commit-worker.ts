/** A thread of commit-pool.ts: group nodes of the groups it is sent. */
import { serveTasks } from "../../common/worker-tasks.ts";
import { createPoseidon8 } from "./poseidon.ts";

const hasher = createPoseidon8();

serveTasks((groups: Uint8Array) => {
  const nodes = hasher.groupNodes(groups);
  return { value: nodes, transfer: [nodes.buffer as ArrayBuffer] };
});
