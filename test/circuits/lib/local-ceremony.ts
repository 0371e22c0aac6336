/** A whole ceremony on this machine, with powers of tau of its own: for a circuit of a few constraints. */
import path from "node:path";
import { beacon } from "../../../scripts/ceremony/beacon.ts";
import { contribute } from "../../../scripts/ceremony/contribute.ts";
import { exportKey } from "../../../scripts/ceremony/export.ts";
import { init } from "../../../scripts/ceremony/init.ts";
import { localPowersOfTau } from "./local-powers-of-tau.ts";
import { type SmallCircuit, smallCircuit } from "./small-circuit.ts";

/** Three public signals, like the spacetime circuit: c = x^2, v = c r + x, r. */
export const TINY = `template Tiny() {
  signal input r; signal input x; signal output c; signal output v;
  c <== x * x; v <== c * r + x;
}
component main {public [r]} = Tiny();`;

export const BEACON = "8f".repeat(32);

export type LocalCeremony = {
  readonly circuit: SmallCircuit;
  /** The options that name circuit and powers of tau. */
  readonly ground: { readonly r1cs: string; readonly ptau: string; readonly "local-ptau": true };
  /** What each party published. */
  readonly published: readonly string[];
};

/** Leaves 0.zkey to 2.zkey, final.zkey and the folder `exported` in `folder`; all that makes a zkey here is stock snarkjs. */
export async function localCeremony(folder: string): Promise<LocalCeremony> {
  const at = (name: string) => path.join(folder, name);
  const circuit = await smallCircuit(TINY);
  const ground = { r1cs: circuit.r1cs, ptau: await localPowersOfTau(folder), "local-ptau": true } as const;
  const published: string[] = [];
  await init.run({ ...ground, out: at("0.zkey") });
  for (const [i, name] of ["Ada", "Grace"].entries()) {
    const { data } = await contribute.run({ in: at(`${i}.zkey`), out: at(`${i + 1}.zkey`), name });
    published.push(data.hash as string);
  }
  const { data } = await beacon.run({ in: at("2.zkey"), out: at("final.zkey"), value: BEACON, name: "block 1" });
  published.push(data.hash as string);
  await exportKey.run({ ...ground, profile: "test", zkey: at("final.zkey"), out: at("exported") });
  return { circuit, ground, published };
}
