/** Gas of the order book: slots with sealed replicas reserved, committed to and activated; posted ones taken. */
import { type Address, keccak256, numberToHex } from "viem";
import { deployForGas, PRICE, TERMS } from "./deployment.ts";
import type { GasTable } from "./report.ts";

const ROOT_BITS = 4n;

/** The second time each, by the same client and provider. */
export async function measureOrders(report: (message: string) => void): Promise<GasTable> {
  report("orders");
  const { orders, client, providers, latestBlock, gasOf } = await deployForGas();
  const [provider] = providers;
  const own = { account: provider!.account };
  const asClient = { account: client.account };
  const terms = { ...TERMS, slots: 3, threshold: 2 };
  let salts = 0;

  const hashes = () => {
    const salt = keccak256(numberToHex(++salts));
    return { root: numberToHex(BigInt(keccak256(salt)) >> ROOT_BITS, { size: 32 }), dataRoot: salt };
  };
  async function post(posted: readonly ReturnType<typeof hashes>[]) {
    const start = Number(await latestBlock()) + 1;
    const order = {
      ...{ client: client.account.address as Address, salt: hashes().dataRoot, headerHash: hashes().dataRoot, terms },
      ...{ m: 16, groups: 120, floor: PRICE / 2n, cap: PRICE, collateralBps: 10_000, deposit: PRICE },
      ...{ start, riseBlocks: 20, deadline: start + 100, reserveBlocks: 20, approveBlocks: 20, posted },
    };
    return { order, gas: await gasOf(await orders.write.postDeal([order, 2n ** 100n], asClient)) };
  }
  async function round() {
    const sealed = await post([]);
    const { order } = sealed;
    const { root, dataRoot } = hashes();
    const reserve = await gasOf(await orders.write.reserve([order, 0], own));
    const commit = await gasOf(await orders.write.commit([order, 0, root, dataRoot], own));
    const activate = await gasOf(await orders.write.activate([order, 0, root, dataRoot], asClient));
    const posted = await post([hashes(), hashes(), hashes()]);
    const take = await gasOf(await orders.write.take([posted.order, 0], own));
    return { reserve, commit, activate, take, post: sealed.gas, postReplicas: posted.gas };
  }
  await round();
  const { reserve, commit, activate, take, post: sealed, postReplicas } = await round();
  return {
    "order.post3": sealed,
    "order.post3replicas": postReplicas,
    reserve,
    "order.commit": commit,
    "order.activate": activate,
    "order.take": take,
  };
}
