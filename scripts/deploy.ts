/** Deploys Holdfast to a chain: `node scripts/deploy.ts --help`. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { type Account, type Address, createPublicClient, createWalletClient, getAddress, http, isAddress } from "viem";
import { HoldfastError } from "../node/common/errors.ts";
import { isLocalChain } from "../node/consensus/ceremony-keys.ts";
import { openKeystore, readPasswordFile } from "../node/consensus/keystore.ts";
import { type Circuit, profileOf, readCircuitsFile } from "./lib/circuits-file.ts";
import { deployHoldfast } from "./lib/deploy.ts";
import type { CircuitKey } from "./lib/deployment-plan.ts";
import { type DeploymentParameters, LOCAL_PARAMETERS, readParameters } from "./lib/parameters.ts";
import { readVerifyingKey } from "./lib/verifying-key.ts";

const USAGE = `node scripts/deploy.ts --rpc URL [options]

Deploys all contracts and prints their addresses as JSON.

  --rpc URL               the chain's JSON-RPC
  --profile NAME          circuit profile of circuits/circuits.json (dev)
  --verification-key FILE its key (build/circuits/PROFILE/verification_key.json)
  --capacity-profile NAME deploy proofs of empty capacity too, and the programme that pays for them: a capacity profile of circuits/circuits.json
  --capacity-key FILE     its key (build/circuits/CAPACITY_PROFILE/verification_key.json)
  --keystore FILE         the deployer's encrypted key; a local chain's first account unless given
  --password-file FILE    what opens the keystore
  --parameters FILE       the deployment's numbers as JSON (scripts/lib/parameters.ts); needed off local chains
  --token ADDRESS         an ERC-20 that exists; needed off local chains
  --beacon ADDRESS        a beacon that exists; needed off local chains
  --accept-chosen-challenges  deploy though a block's builder may choose which bytes a provider has to show (a blockhash as beacon),
                          or though this version does not know the beacon: providers that build blocks need not store anything
  --out FILE              write the JSON there too

Example: node scripts/deploy.ts --rpc http://127.0.0.1:8545 --profile dev --out deployment.json`;

const ROOT = path.resolve(import.meta.dirname, "..");

const OPTIONS = {
  rpc: { type: "string" },
  profile: { type: "string", default: "dev" },
  "verification-key": { type: "string" },
  "capacity-profile": { type: "string" },
  "capacity-key": { type: "string" },
  keystore: { type: "string" },
  "password-file": { type: "string" },
  parameters: { type: "string" },
  token: { type: "string" },
  beacon: { type: "string" },
  "accept-chosen-challenges": { type: "boolean", default: false },
  out: { type: "string" },
  help: { type: "boolean", default: false },
} as const;

async function run(): Promise<void> {
  const { values } = readArguments();
  if (values.help) return console.log(USAGE);
  if (values.rpc === undefined)
    throw new HoldfastError("USAGE", "Say which chain with --rpc URL; --help lists all options.");

  const transport = http(values.rpc);
  const publicClient = createPublicClient({ transport });
  const chainId = await publicClient.getChainId().catch((cause) => {
    throw new HoldfastError("CHAIN_UNREACHABLE", `No chain answers at ${values.rpc}; start one or correct --rpc.`, {
      cause,
    });
  });
  const circuits = readCircuitsFile(ROOT);
  const capacityProfile = values["capacity-profile"];
  const account = await deployerAccount(values.keystore, values["password-file"], values.rpc, chainId);

  const deployment = await deployHoldfast({
    publicClient,
    walletClient: createWalletClient({ account, transport }),
    parameters: parametersFor(values.parameters, chainId),
    verifier: circuitKey(circuits, values.profile, values["verification-key"]),
    capacity:
      capacityProfile === undefined
        ? undefined
        : circuitKey(circuits.capacity, capacityProfile, values["capacity-key"]),
    token: addressOption("token", values.token),
    beacon: addressOption("beacon", values.beacon),
    acceptChosenChallenges: values["accept-chosen-challenges"],
    onProgress: ({ index, count, name }) => console.error(`${index + 1}/${count} ${name}`),
  });
  const json = JSON.stringify(deployment, (_, value) => (typeof value === "bigint" ? Number(value) : value), 2);
  if (values.out !== undefined) writeFileSync(values.out, `${json}\n`);
  console.log(json);
}

function circuitKey(circuit: Circuit, profile: string, file: string | undefined): CircuitKey {
  const keyFile = file ?? path.join(ROOT, "build/circuits", profile, "verification_key.json");
  return { ...profileOf(circuit, profile), verifyingKey: readVerifyingKey(keyFile) };
}

function readArguments() {
  try {
    return parseArgs({ options: OPTIONS });
  } catch (cause) {
    throw new HoldfastError("USAGE", `${(cause as Error).message.split(".")[0]}; --help lists all options.`, { cause });
  }
}

async function deployerAccount(
  keystore: string | undefined,
  passwordFile: string | undefined,
  rpc: string,
  chainId: number,
): Promise<Account> {
  if (keystore !== undefined && passwordFile !== undefined) {
    return (await openKeystore(keystore, await readPasswordFile(passwordFile))).account;
  }
  if (keystore !== undefined || !isLocalChain(chainId)) {
    throw new HoldfastError("USAGE", "Give the deployer's key with --keystore FILE and --password-file FILE.");
  }
  const [address] = await createWalletClient({ transport: http(rpc) }).getAddresses();
  if (address === undefined)
    throw new HoldfastError("USAGE", "The chain has no unlocked account; give --keystore FILE.");
  return { address, type: "json-rpc" };
}

function parametersFor(file: string | undefined, chainId: number): DeploymentParameters {
  if (file !== undefined) return readParameters(file);
  if (isLocalChain(chainId)) return LOCAL_PARAMETERS;
  throw new HoldfastError("USAGE", `Chain ${chainId} is not a local chain: give its numbers with --parameters FILE.`);
}

function addressOption(name: string, text: string | undefined): Address | undefined {
  if (text === undefined) return undefined;
  if (!isAddress(text)) throw new HoldfastError("USAGE", `--${name} ${text} is not an address.`);
  return getAddress(text);
}

run().catch((error: unknown) => {
  console.error(error instanceof HoldfastError ? `${error.message} (${error.code})` : error);
  process.exitCode = 1;
});
