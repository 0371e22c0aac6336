/** Powers of tau for 2^8 constraints that this machine makes up: for tests of the ceremony only. */
import path from "node:path";
import { curves, powersOfTau } from "snarkjs";

/** Leaves a file that is ready for a circuit in `folder` and returns its path. */
export async function localPowersOfTau(folder: string): Promise<string> {
  const at = (name: string) => path.join(folder, `${name}.ptau`);
  await powersOfTau.newAccumulator(await curves.getCurveFromName("bn128"), 8, at("new"));
  await powersOfTau.contribute(at("new"), at("contributed"), "test", "not a secret");
  await powersOfTau.preparePhase2(at("contributed"), at("local"));
  return at("local");
}
