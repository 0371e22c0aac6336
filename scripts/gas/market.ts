/** Gas of the market, the registry and the channels, everybody having done each thing before unless it happens once. */
import { parseEther } from "viem";
import { typedData } from "../../node/consensus/signing.ts";
import type { SlotClaim } from "../../node/data/terms.ts";
import { ASK, deployForGas, type GasDeployment, PROFILE } from "./deployment.ts";
import type { GasTable } from "./report.ts";

const GOOD_PROOF = [1n, 0n, 0n, 0n, 0n, 0n, 0n, 0n] as const;
export const WINDOWS = 30;

export async function measureMarket(report: (message: string) => void): Promise<GasTable> {
  report("openDeal");
  const opened = await measureOpenDeal(await deployForGas());
  report("settle");
  const settled = await measureSettle(await deployForGas());
  report("vouchers, accounting, registration");
  return { ...opened, ...settled, ...(await measureTheRest(await deployForGas())) };
}

/** Deals with providers that have deals already; and with ten whose lanes must account for a window since, which all proved. */
async function measureOpenDeal(deployment: GasDeployment): Promise<GasTable> {
  const { openDeal } = deployment;
  const { claims } = await openDeal(10);
  const five = await openDeal(5);
  const ten = await openDeal(10);
  await proveWindows(deployment, claims, 1);
  const later = await openDeal(10);
  return { "openDeal.slots5": five.gas, "openDeal.slots10": ten.gas, "openDeal.slots10afterWindow": later.gas };
}

/** The second settlement of a replica, over 30 proven windows; alone, and in a batch of 20. */
async function measureSettle(deployment: GasDeployment): Promise<GasTable> {
  const { openDeal, market, outsider, gasOf } = deployment;
  const alone = await openDeal(10);
  const batch = [...(await openDeal(10)).claims, ...(await openDeal(10)).claims];
  const { account } = outsider;

  await proveWindows(deployment, batch, 1);
  await market.write.settle([alone.claims[0]!, 100n], { account });
  await market.write.settleMany([batch, 100n], { account });
  await proveWindows(deployment, batch, WINDOWS);
  const one = await gasOf(await market.write.settle([alone.claims[0]!, BigInt(WINDOWS)], { account }));
  const many = await gasOf(await market.write.settleMany([batch, BigInt(WINDOWS)], { account }));
  return { "settle.windows30": one, "settle.batch20each": Math.round(many / batch.length) };
}

async function measureTheRest(deployment: GasDeployment): Promise<GasTable> {
  const { client, outsider, newcomer, providers, domains, channels, registry, spacetime, pins } = deployment;
  const { openDeal, gasOf, goTo } = deployment;
  const [payer, provider] = [client.account.address, providers[0]!.account.address];

  await channels.write.fund([[provider], [parseEther("10")]], { account: client.account });
  const redeem = async (cumulative: bigint): Promise<number> => {
    const { epoch } = await channels.read.channelOf([payer, provider]);
    const voucher = { payer, provider, epoch, cumulative };
    const signature = await client.signTypedData(typedData(domains, "Voucher", voucher));
    return gasOf(await channels.write.redeem([[{ voucher, signature }]], { account: providers[0]!.account }));
  };
  await redeem(parseEther("1"));
  const again = await redeem(parseEther("2"));

  const register = await gasOf(await registry.write.register([PROFILE, ASK], { account: newcomer.account }));

  const { claims } = await openDeal(3);
  const { firstWindow } = await spacetime.read.recordOf([provider, claims[0]!.offer.root]);
  const afterClose = async (window: number) => goTo((await spacetime.read.closeOf([provider, window])) + 1n);
  await afterClose(firstWindow);
  await spacetime.write.account([provider, 1n], { account: outsider.account });
  await afterClose(firstWindow + 1);
  const stake = await registry.read.stakeOf([provider]);
  const oneMiss = await gasOf(await spacetime.write.account([provider, 1n], { account: outsider.account }));
  if ((await registry.read.stakeOf([provider])) >= stake) throw new Error("account.oneMiss burned nothing");
  const pin = async (window: number): Promise<number> => {
    await goTo((await spacetime.read.openingOf([provider, window])) - 2n);
    const { offer, firstWindow } = claims[0]!;
    return gasOf(await pins.write.pin([{ offer, firstWindow }, parseEther("1")], { account: client.account }));
  };
  const claim = claims[1]!;
  const cancel = await gasOf(
    await deployment.market.write.cancel([claim, claim.salt, claim.terms], { account: client.account }),
  );
  for (let window = firstWindow + 3; window < firstWindow + 5; window++) await pin(window);
  return { "redeem.again": again, "account.oneMiss": oneMiss, register, cancel, pin: await pin(firstWindow + 5) };
}

/** Walks through the next `count` windows of all lanes, which take turns within a period, and proves every one. */
export async function proveWindows(
  { spacetime, outsider, latestBlock, goTo }: GasDeployment,
  claims: readonly SlotClaim[],
  count: number,
): Promise<void> {
  const lanes = [...new Set(claims.map(({ offer }) => offer.provider))];
  const block = await latestBlock();
  const due = await Promise.all(
    lanes.map(async (provider) => {
      const first = await spacetime.read.nextOpening([provider, block]);
      const windows = Array.from({ length: count }, (_, i) => first + i);
      return Promise.all(
        windows.map(async (w) => ({ provider, w, at: await spacetime.read.openingOf([provider, w]) })),
      );
    }),
  );
  const inOrder = due.flat().sort((a, b) => Number(a.at - b.at));
  for (const { provider, w, at } of inOrder) {
    await goTo(at + 1n);
    await spacetime.write.submitProof([provider, w, GOOD_PROOF, 1n], { account: outsider.account });
  }
  const last = inOrder.at(-1)!;
  await goTo((await spacetime.read.closeOf([last.provider, last.w])) + 1n);
}
