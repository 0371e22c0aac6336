/** Gas of verifying proofs in one batch and one by one, with real proofs. */
import { readFileSync } from "node:fs";
import { network } from "hardhat";
import { readProverFolder } from "../../node/consensus/prover/folder.ts";
import { createProver } from "../../node/consensus/prover/prover.ts";
import { parseVerifyingKey } from "../../node/consensus/prover/verifying-key.ts";
import { proveClaims } from "./claims.ts";

/** Of whole transactions, 21,000 and calldata included; all proofs that are verified alone are N transactions. */
export type BatchGas = { readonly proofs: number; readonly batch: bigint; readonly single: bigint };

/**
 * @param circuits folder of a built profile; the gas does not depend on which
 * @param sizes numbers of proofs in a batch
 */
export async function measureBatch(
  circuits: string,
  sizes: readonly number[],
  report: (message: string) => void,
): Promise<BatchGas[]> {
  const folder = readProverFolder(circuits);
  const { viem } = await network.create();
  const publicClient = await viem.getPublicClient();
  const key = parseVerifyingKey(JSON.parse(readFileSync(folder.verificationKey, "utf8")));
  const verifier = await viem.deployContract("DevelopmentVerifier", [key, BigInt(folder.K), BigInt(folder.D)]);
  const batch = await viem.deployContract("BatchVerifier", [verifier.address]);
  const prover = await createProver(folder);
  try {
    report(`batches of ${sizes.join(", ")} proofs`);
    const claims = await proveClaims(prover, folder, Math.max(...sizes));
    // Views: an estimate of what a transaction with this call uses.
    const gasOf = (parameters: Parameters<typeof publicClient.estimateContractGas>[0]) =>
      publicClient.estimateContractGas(parameters);
    const { proof, c, v, r } = claims[0]!;
    const alone = await gasOf({ ...verifier, functionName: "verifySpacetime", args: [proof, c, v, r] });
    const gas: BatchGas[] = [];
    for (const proofs of sizes) {
      const args = [claims.slice(0, proofs)];
      if (!(await batch.read.verifyBatch(args as never))) throw new Error("a batch of valid proofs was refused");
      const used = await gasOf({ ...batch, functionName: "verifyBatch", args });
      gas.push({ proofs, batch: used, single: alone * BigInt(proofs) });
    }
    return gas;
  } finally {
    await prover.close();
  }
}
