import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { formatAmount } from "../../common/amounts.ts";
import { toHex } from "../../common/hex.ts";
import { listedKeys, requireCeremony } from "../../consensus/ceremony-keys.ts";
import { mostWait, postDeal } from "../../consensus/orders.ts";
import { balanceOf } from "../../consensus/token.ts";
import { deposit, freeOf } from "../../consensus/vault.ts";
import { classOfGroups, GROUP_BYTES } from "../../data/layout.ts";
import type { PostedReplica } from "../../data/order.ts";
import { defaultTerms } from "../../interface/client/put-plan.ts";
import { fileError } from "../../physical/user-file.ts";
import { amountOption } from "./amount-option.ts";
import { type Command, stringOption } from "./command.ts";
import { dataShards } from "./data-option.ts";
import { hashArgument } from "./order-arguments.ts";
import { connectWallet } from "./session.ts";
import { UsageError } from "./usage-error.ts";
import { wholeNumber } from "./whole-number.ts";

const BLOCKS = { rise: 600, deadline: 3_600 };

export const orderPost: Command = {
  name: "order post",
  summary: "Ask the order book for providers: the price per window rises from floor to cap until the slots are taken.",
  usage: "--header HASH --shard-bytes N --budget TOKENS [--floor TOKENS --cap TOKENS] [--roots FILE] [options]",
  example: "holdfast order post --header 0x5f16... --shard-bytes 2000000 --data 3 --total 5 --windows 100 --budget 10",
  options: {
    header: { type: "string", placeholder: "HASH", description: "hash of the file's header, 0x and 64 hex digits" },
    "shard-bytes": { type: "string", placeholder: "N", description: "bytes of a shard; all of a file have one size" },
    budget: { type: "string", placeholder: "TOKENS", description: "the most that may be held, fee and bonds included" },
    floor: {
      type: "string",
      placeholder: "TOKENS",
      description: "a window and slot at first; half the reference price",
    },
    cap: { type: "string", placeholder: "TOKENS", description: "a window and slot at last; twice the reference price" },
    deposit: {
      type: "string",
      placeholder: "TOKENS",
      description: "what a wasted reservation costs; a window at the cap",
    },
    data: { type: "string", placeholder: "K", description: "shards that rebuild the file; 3 unless told" },
    total: { type: "string", placeholder: "N", description: "slots, each with its own provider; 5 unless told" },
    windows: { type: "string", placeholder: "W", description: "length of the deal in proving windows; 12 unless told" },
    rise: { type: "string", placeholder: "BLOCKS", description: `from floor to cap; ${BLOCKS.rise} unless told` },
    deadline: {
      type: "string",
      placeholder: "BLOCKS",
      description: `how long it stands; ${BLOCKS.deadline} unless told`,
    },
    roots: {
      type: "string",
      placeholder: "FILE",
      description: "JSON list of {root, dataRoot} for each slot; without it providers seal, and you approve",
    },
  },
  async run(args, io) {
    const [k, n] = [dataShards(args) ?? 3, wholeNumber(args, "total", 5)];
    const [header, budget] = [stringOption(args, "header"), amountOption(args, "budget")];
    const shardBytes = wholeNumber(args, "shard-bytes");
    if (header === undefined || budget === undefined || shardBytes === undefined || shardBytes < 1) {
      throw new UsageError("order post needs --header HASH, --shard-bytes N and --budget TOKENS");
    }
    const headerHash = hashArgument(header, "--header");
    const [floor, cap] = [amountOption(args, "floor") ?? 0n, amountOption(args, "cap") ?? 0n];
    const posted = await rootsOf(stringOption(args, "roots"));
    const blocks = {
      rise: wholeNumber(args, "rise", BLOCKS.rise),
      deadline: wholeNumber(args, "deadline", BLOCKS.deadline),
    };
    const { chain } = await connectWallet(args.settings, io);
    await requireCeremony(chain, { verifier: chain.addresses.verifier, ...chain.parameters }, listedKeys("spacetime"));
    const client = chain.account.address;
    const windows = wholeNumber(args, "windows", 12);
    const terms = defaultTerms({ n, k, windows, challenges: chain.parameters.challenges });
    const [block, wait] = await Promise.all([chain.publicClient.getBlockNumber(), mostWait(chain)]);
    const groups = Math.ceil(shardBytes / GROUP_BYTES);
    const [free, owned] = await Promise.all([freeOf(chain, client), balanceOf(chain, client)]);
    const missing = budget > free ? budget - free : 0n;
    if (missing > 0n) await deposit(chain, missing < owned ? missing : owned);
    io.progress("posting the order");
    const result = await postDeal(
      chain,
      {
        ...{ client, salt: toHex(randomBytes(32)), headerHash, terms, m: classOfGroups(groups), groups, floor, cap },
        ...{ collateralBps: 10_000, deposit: amountOption(args, "deposit") ?? 0n, start: 0, riseBlocks: blocks.rise },
        ...{
          deadline: Number(block) + blocks.deadline,
          reserveBlocks: Number(wait),
          approveBlocks: Number(wait),
          posted,
        },
      },
      budget,
    );
    const { dealKey, order, payment, slotEscrow } = result.posted;
    const text = [
      `Order ${dealKey} stands until block ${order.deadline}.`,
      `A window and slot costs ${formatAmount(order.floor)} now and ${formatAmount(order.cap)} at last; ${formatAmount(payment)} tokens are held.`,
    ];
    return { text: text.join("\n"), data: { dealKey, order, payment, slotEscrow } };
  },
};

async function rootsOf(file: string | undefined): Promise<PostedReplica[]> {
  if (file === undefined) return [];
  const text = await readFile(file, "utf8").catch((cause) => {
    throw fileError(cause, file);
  });
  const wrong = () => new UsageError(`${file} is no JSON list of {"root": "0x...", "dataRoot": "0x..."}`);
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    throw wrong();
  }
  if (!Array.isArray(list)) throw wrong();
  return list.map((entry: Partial<PostedReplica> | null) => ({
    root: hashArgument(String(entry?.root), "root"),
    dataRoot: hashArgument(String(entry?.dataRoot), "dataRoot"),
  }));
}
