import { randomInt } from "node:crypto";
import { mkdir, stat } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";
import { formatAmount, parseAmount } from "../../common/amounts.ts";
import { HoldfastError } from "../../common/errors.ts";
import { fromHex, toHex } from "../../common/hex.ts";
import { capacityProfile } from "../../consensus/capacity.ts";
import { listedKeys, requireCeremony } from "../../consensus/ceremony-keys.ts";
import { type Chain, connectChain, type SigningChain } from "../../consensus/chain.ts";
import { createKeystore, openKeystore, readKeyFile, type Wallet } from "../../consensus/keystore.ts";
import { readProverFolder } from "../../consensus/prover/folder.ts";
import { stake, stakeOf } from "../../consensus/registry.ts";
import { priceLimit } from "../../consensus/spacetime.ts";
import { balanceOf } from "../../consensus/token.ts";
import { deposit, freeOf } from "../../consensus/vault.ts";
import { planSectors } from "../../data/capacity-sector.ts";
import { defaultDemands } from "../../incentive/admission.ts";
import { windowPrice } from "../../incentive/pricing.ts";
import { createHost } from "../../network/host.ts";
import { type DaemonConfig, type FillConfig, readConfig, writeConfig } from "../daemon-config.ts";
import { publish } from "../registration.ts";
import { type Args, type Command, stringOption } from "./command.ts";
import type { Io } from "./io.ts";
import { keystorePath } from "./session.ts";
import { UsageError } from "./usage-error.ts";
import { wholeNumber } from "./whole-number.ts";

const PROVER_DIR = path.resolve(import.meta.dirname, "../../../build/circuits/dev");
const CAPACITY_PROVER_DIR = path.resolve(PROVER_DIR, "../capacity-dev");
const GIB = 2 ** 30;

export const providerInit: Command = {
  name: "provider init",
  summary: "Set up a provider: key, configuration, stake, and its entry in the registry.",
  usage: "--rpc URL --market ADDRESS --stake AMOUNT [options]",
  example:
    "holdfast provider init --rpc http://127.0.0.1:8545 --market 0x5FbD... --stake 50 --home ./bob --password-file ./bob.password",
  options: {
    stake: { type: "string", placeholder: "AMOUNT", description: "whole tokens that answer for proving windows" },
    collateral: {
      type: "string",
      placeholder: "AMOUNT",
      description: "whole tokens kept free in the vault for deals; unless told what is left, at most the stake",
    },
    price: { type: "string", placeholder: "AMOUNT", description: "tokens per GiB and window; 0.25 unless told" },
    "retrieval-price": { type: "string", placeholder: "AMOUNT", description: "tokens per piece; 0.0001 unless told" },
    capacity: { type: "string", placeholder: "GIB", description: "GiB offered; 10 unless told" },
    region: { type: "string", placeholder: "XX", description: "country, two capital letters" },
    "min-windows": { type: "string", placeholder: "N", description: "shortest deal taken; 1 unless told" },
    "max-windows": { type: "string", placeholder: "N", description: "longest deal taken; 10000 unless told" },
    listen: {
      type: "string",
      placeholder: "MULTIADDR",
      description: "where to listen; a free port of 127.0.0.1 unless told",
    },
    "status-port": { type: "string", placeholder: "PORT", description: "local HTTP status; a free port unless told" },
    prover: { type: "string", placeholder: "FOLDER", description: "built circuit; build/circuits/dev unless told" },
    fill: {
      type: "string",
      placeholder: "GIB",
      description: "prove up to so much of the capacity while nobody rents it; nothing unless told",
    },
    "fill-prover": {
      type: "string",
      placeholder: "FOLDER",
      description: "built circuit for --fill; build/circuits/capacity-dev unless told",
    },
    "key-file": {
      type: "string",
      placeholder: "FILE",
      description: "file with a raw private key to import (0x and 64 digits)",
    },
  },
  async run(args, io) {
    const { settings } = args;
    if (settings.rpcUrl === undefined || settings.market === undefined) {
      throw new UsageError("provider init needs --rpc URL and --market ADDRESS.");
    }
    const amount = stringOption(args, "stake");
    if (amount === undefined) throw new UsageError("provider init needs --stake AMOUNT, in whole tokens.");
    const wanted = parseAmount(amount, "--stake");
    const connection = { rpcUrl: settings.rpcUrl, market: settings.market };
    const reader = await connectChain(connection); // before a key is made for a chain that is not there
    const { chainId } = reader;
    const market = { verifier: reader.addresses.verifier, ...reader.parameters };
    await requireCeremony(reader, market, listedKeys("spacetime")); // its daemon would not run, and the stake be locked
    await mkdir(settings.home, { recursive: true, mode: 0o700 });
    const config = (await readConfig(settings.home)) ?? (await newConfig(args, { ...connection, chainId }, reader));
    if (config.fill !== undefined) {
      await requireCeremony(reader, await capacityProfile(reader), listedKeys("capacity"));
    }
    const { K, D } = readProverFolder(config.proverDir);
    const wallet = await openOrCreateKey(args, io);
    const chain = await connectChain({ ...connection, chainId, account: wallet.account });
    await checkConfig(chain, config, { K, D });
    await writeConfig(settings.home, config);
    io.progress("depositing and staking");
    await fundStake(chain, wanted, stringOption(args, "collateral"));
    io.progress("registering");
    const host = await createHost({ privateKey: fromHex(wallet.privateKey, 32) });
    const peerId = host.peerId;
    await host.stop();
    await publish(chain, config, toHex(peerId.toMultihash().bytes));
    const [staked, free] = await Promise.all([
      stakeOf(chain, chain.account.address),
      freeOf(chain, chain.account.address),
    ]);
    const { listen, statusPort } = config;
    return {
      text: [
        `Provider ${chain.account.address} is registered at ${listen}.`,
        `Stake ${formatAmount(staked)}, free for collateral ${formatAmount(free)} tokens.`,
        `Next: holdfast provider run --home ${settings.home}`,
      ].join("\n"),
      data: {
        provider: chain.account.address,
        peerId: peerId.toString(),
        listen,
        statusPort,
        stake: staked,
        free,
        chainId,
      },
    };
  },
};

async function newConfig(
  args: Args,
  connection: Pick<DaemonConfig, "rpcUrl" | "market" | "chainId">,
  reader: Chain,
): Promise<DaemonConfig> {
  const fill = await fillConfig(args, reader);
  const region = stringOption(args, "region") ?? "";
  if (!/^(?:[A-Z]{2})?$/.test(region)) throw new UsageError(`--region needs two capital letters, got "${region}".`);
  return {
    ...connection,
    listen: stringOption(args, "listen") ?? `/ip4/127.0.0.1/tcp/${await freePort()}`,
    statusPort: wholeNumber(args, "status-port", await freePort()),
    proverDir: path.resolve(stringOption(args, "prover") ?? PROVER_DIR),
    region,
    capacity: BigInt(wholeNumber(args, "capacity", 10)) * BigInt(GIB),
    ask: {
      storagePrice: parseAmount(stringOption(args, "price") ?? "0.25", "--price"),
      retrievalPrice: parseAmount(stringOption(args, "retrieval-price") ?? "0.0001", "--retrieval-price"),
      minWindows: wholeNumber(args, "min-windows", 1),
      maxWindows: wholeNumber(args, "max-windows", 10_000),
      minM: 13,
      maxM: 27,
      accepting: true,
    },
    demands: defaultDemands,
    commitWorkers: 1,
    settleEvery: 8,
    ...(fill === undefined ? {} : { fill }),
  };
}

/** What `--fill` asks for in sectors. Throws `NO_CAPACITY_PROOFS`, `VERIFIER_MISMATCH`, `PROVER_FILES`. */
async function fillConfig(args: Args, reader: Chain): Promise<FillConfig | undefined> {
  const gibs = wholeNumber(args, "fill", 0);
  if (gibs === 0) return undefined;
  const profile = await capacityProfile(reader);
  const proverDir = path.resolve(stringOption(args, "fill-prover") ?? CAPACITY_PROVER_DIR);
  const { K, D } = readProverFolder(proverDir, "capacity");
  if (K !== profile.challenges || D !== profile.levels) {
    throw new HoldfastError(
      "VERIFIER_MISMATCH",
      `This market asks for ${profile.challenges} labels in ${profile.levels} levels, ${proverDir} proves ${K} in ${D}; choose another --fill-prover.`,
    );
  }
  return { ...planSectors(BigInt(gibs) * BigInt(GIB), profile), proverDir };
}

/** What the chain would refuse later: prices that the proofs do not stand for, classes above the circuit's depth. */
async function checkConfig(
  chain: SigningChain,
  config: DaemonConfig,
  circuit: { K: number; D: number },
): Promise<void> {
  config.ask = { ...config.ask, maxM: Math.min(config.ask.maxM, 3 * circuit.D) };
  const { storagePrice, minM } = config.ask;
  const limit = await priceLimit(chain, minM);
  if (windowPrice(storagePrice, minM) <= limit) return;
  const most = (limit * storagePrice) / windowPrice(storagePrice, minM);
  throw new HoldfastError(
    "PRICE_ABOVE_PROOFS",
    `The proofs of this deployment stand for at most about ${formatAmount(most)} tokens per GiB and window; choose a lower --price.`,
    { details: { price: storagePrice, most } },
  );
}

async function openOrCreateKey(args: Args, io: Io): Promise<Wallet> {
  const file = keystorePath(args.settings);
  const keyFile = stringOption(args, "key-file");
  const exists = await stat(file).then(
    () => true,
    () => false,
  );
  if (!exists) {
    const imported = keyFile === undefined ? undefined : await readKeyFile(keyFile);
    return await createKeystore(file, await io.password(args.settings, { confirm: true }), imported);
  }
  if (keyFile !== undefined) {
    throw new HoldfastError(
      "KEYSTORE_EXISTS",
      `${file} exists; leave --key-file out to use it, or choose another --home.`,
    );
  }
  return await openKeystore(file, await io.password(args.settings));
}

/** Brings the stake up to `wanted` and the free balance to the collateral; what is there already counts. */
async function fundStake(chain: SigningChain, wanted: bigint, collateralText: string | undefined): Promise<void> {
  const me = chain.account.address;
  const [staked, free, tokens] = await Promise.all([stakeOf(chain, me), freeOf(chain, me), balanceOf(chain, me)]);
  const missing = wanted > staked ? wanted - staked : 0n;
  const left = tokens + free > missing ? tokens + free - missing : 0n;
  const collateral =
    collateralText === undefined ? (left < wanted ? left : wanted) : parseAmount(collateralText, "--collateral");
  const needed = missing + collateral;
  if (needed > tokens + free) {
    throw new HoldfastError(
      "NOT_ENOUGH_TOKENS",
      `${me} has ${formatAmount(tokens + free)} tokens, ${formatAmount(needed)} are needed for stake and collateral; send it more or stake less.`,
      { details: { has: tokens + free, needed } },
    );
  }
  if (needed > free) await deposit(chain, needed - free);
  if (missing > 0n) await stake(chain, missing);
}

/**
 * A port of the loopback interface that is free now; it is kept in the configuration because it gets registered. Chosen below
 * what systems give to outgoing connections (Linux: from 32,768): one of those could hold it when the provider starts again.
 */
async function freePort(): Promise<number> {
  for (let tried = 0; tried < 100; tried++) {
    const port = randomInt(10_000, 20_000);
    const server = createServer().listen(port, "127.0.0.1");
    const free = await new Promise<boolean>((resolve) => {
      server.once("listening", () => server.close(() => resolve(true)));
      server.once("error", () => resolve(false));
    });
    if (free) return port;
  }
  throw new HoldfastError(
    "NO_PORT",
    "No port between 10,000 and 20,000 is free; choose with --listen and --status-port.",
  );
}
