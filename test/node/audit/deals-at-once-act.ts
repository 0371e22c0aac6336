// A contract as client: two deals in one transaction, the second of which costs nothing, so that no word of money
// stands between them.

import {
  concat,
  createWalletClient,
  encodeFunctionData,
  getContractAddress,
  type Hex,
  http,
  keccak256,
  numberToHex,
  size,
} from "viem";
import { hardhat } from "viem/chains";
import { holdfastTokenAbi, storageMarketAbi, vaultAbi } from "../../../node/consensus/abi.ts";
import { write } from "../../../node/consensus/call.ts";
import { dealKeyOf } from "../../../node/data/terms.ts";
import { PRICE, type Stage, TOKEN, termsOf } from "./stage.ts";

export async function dealsAtOnceAct(stage: Stage): Promise<void> {
  const { outsider: payer, chain } = stage;
  const { market, vault, token } = chain.addresses;
  const { publicClient } = chain;
  const provider = await stage.provider(2n * TOKEN);
  const deployer = await stage.actor(TOKEN);
  const { address } = deployer.account;
  const nonce = BigInt(await publicClient.getTransactionCount({ address }));
  const client = getContractAddress({ from: address, nonce });

  const approve = {
    address: token,
    abi: holdfastTokenAbi,
    functionName: "approve",
    args: [vault, TOKEN / 10n],
  } as const;
  await write(payer, approve);
  await write(payer, { address: vault, abi: vaultAbi, functionName: "depositFor", args: [client, TOKEN / 10n] });

  const wallet = createWalletClient({ account: deployer.account, transport: http(stage.rpcUrl), chain: hardhat });
  const calls: Hex[] = [];
  for (const [i, price] of [PRICE, 0n].entries()) {
    const terms = termsOf({ slots: 1 });
    const salt = keccak256(numberToHex(900 + i));
    const dealKey = dealKeyOf(client, salt, terms);
    const offer = await stage.offerFrom(provider, { dealKey, slot: 0 }, { client, price, collateral: 0n });
    const request = { salt, terms, headerHash: keccak256(salt), minSlots: 1, maxPayment: TOKEN };
    calls.push(encodeFunctionData({ abi: storageMarketAbi, functionName: "openDeal", args: [request, [offer]] }));
  }
  const hash = await wallet.sendTransaction({
    data: constructorThatCalls(market, calls),
    gas: 8_000_000n,
  });
  const { status, logs } = await publicClient.waitForTransactionReceipt({ hash });
  const opened = logs.filter((log) => log.address.toLowerCase() === market.toLowerCase());
  if (status !== "success" || opened.length !== 4) throw new Error("The two deals were not opened.");
}

/** Code that makes each call as it is deployed, and leaves no code. */
function constructorThatCalls(target: Hex, calls: readonly Hex[]): Hex {
  const PER_CALL = 39;
  let at = PER_CALL * calls.length + 1;
  const code: Hex[] = [];
  for (const data of calls) {
    const length = numberToHex(size(data), { size: 2 });
    // codecopy(0, at, length); call(gas, target, 0, 0, length, 0, 0); pop
    code.push(concat(["0x61", length, "0x61", numberToHex(at, { size: 2 }), "0x5f39"]));
    code.push(concat(["0x5f5f61", length, "0x5f5f73", target, "0x5af150"]));
    at += size(data);
  }
  return concat([...code, "0x00", ...calls]);
}
