/** A thread that multiplies the generators: jobs in, points out, in order. */
import { parentPort } from "node:worker_threads";
import "../../node/consensus/prover/nested-workers.ts";
import { fixedBase, type Group, JOB_SCALARS, type Job } from "./fixed-base.ts";

const { buildBn128 } = await import("ffjavascript");
const tables = new Map<Group, (scalars: Uint8Array) => Uint8Array>();

parentPort!.on("message", async ({ group, scalars }: Job) => {
  let multiply = tables.get(group);
  if (multiply === undefined) {
    multiply = fixedBase(await buildBn128(true), group, JOB_SCALARS);
    tables.set(group, multiply);
  }
  const points = multiply(scalars);
  parentPort!.postMessage(points, [points.buffer as ArrayBuffer]);
});
