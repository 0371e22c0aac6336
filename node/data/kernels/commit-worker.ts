/** A thread of commit-pool.ts: group nodes of the groups it is sent. */
import { release } from "../../common/release.ts";
import { serveTasks } from "../../common/worker-tasks.ts";
import { createPoseidon8 } from "./poseidon.ts";

const hasher = createPoseidon8();

serveTasks((groups: Uint8Array) => {
  const nodes = hasher.groupNodes(groups);
  release(groups); // the pieces of a whole file would lie here before this thread collects anything
  return { value: nodes, transfer: [nodes.buffer as ArrayBuffer] };
});
