/** Records a block's randomness for everybody: docs/randomness.md says what beacons answer with. */
import { parseArgs } from "node:util";
import { createPublicClient, createWalletClient, type Hex, http, isAddress } from "viem";
import { HoldfastError } from "../node/common/errors.ts";
import { openKeystore, readPasswordFile } from "../node/consensus/keystore.ts";
import { recordRandomness } from "./lib/record-randomness.ts";

const USAGE = `node scripts/record-randomness.ts --rpc URL --beacon ADDRESS --block N --keystore FILE --password-file FILE [options]

  --block N         the block that randomness is wanted for, e.g. a window's opening
  --keystore FILE   encrypted key of the account that pays, and with --password-file FILE what opens it
  --signature HEX   for a DrandBeacon: the 48 bytes that drand publishes for the beacon's roundAfter(the block's time)
  --json            the result as one line of JSON

Example: node scripts/record-randomness.ts --rpc http://127.0.0.1:8545 --beacon 0x5FbD...0aa3 --block 1200 --keystore keystore.json --password-file password`;

const OPTIONS = {
  rpc: { type: "string" },
  beacon: { type: "string" },
  block: { type: "string" },
  keystore: { type: "string" },
  "password-file": { type: "string" },
  signature: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean" },
} as const;

async function main(): Promise<string> {
  const values = readArguments();
  if (values.help) return USAGE;
  const { rpc, beacon, block, keystore, "password-file": passwordFile, signature } = values;
  if (!rpc || !keystore || !passwordFile) throw usage("--rpc, --keystore and --password-file are needed");
  if (!isAddress(beacon ?? "")) throw usage("--beacon needs an address");
  if (!/^[0-9]{1,15}$/.test(block ?? "")) throw usage("--block needs a block's number");
  const transport = http(rpc);
  const { account } = await openKeystore(keystore, await readPasswordFile(passwordFile));
  const randomness = await recordRandomness({
    publicClient: createPublicClient({ transport }),
    walletClient: createWalletClient({ transport, account }),
    beacon: beacon as Hex,
    block: BigInt(block!),
    ...(signature === undefined ? {} : { signature: `0x${signature.replace(/^0x/, "")}` as Hex }),
  });
  return values.json ? JSON.stringify({ block: Number(block), randomness }) : `block ${block}: ${randomness}`;
}

function readArguments() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (cause) {
    throw usage((cause as Error).message.split(".")[0]!);
  }
}

function usage(what: string): HoldfastError {
  return new HoldfastError("USAGE", `${what}; --help lists all options.`);
}

try {
  console.log(await main());
} catch (error) {
  if (!(error instanceof HoldfastError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
