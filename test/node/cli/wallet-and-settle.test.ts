import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { keccak256, zeroAddress } from "viem";
import { commands } from "../../../node/application/cli/commands.ts";
import { runCommandLine } from "../../../node/application/cli/frame.ts";
import { processIo } from "../../../node/application/cli/io.ts";
import type { SigningChain } from "../../../node/consensus/chain.ts";
import { replicasOf } from "../../../node/consensus/deals.ts";
import { createKeystore } from "../../../node/consensus/keystore.ts";
import { openDeal } from "../../../node/consensus/market.ts";
import { dealKeyOf, type Terms } from "../../../node/data/terms.ts";
import { ownPort } from "../../../scripts/lib/ports.ts";
import { type LiveChain, liveChain } from "../../fixtures/live-chain.ts";
import { joinAsProvider, offerFrom, PRICE, proveWindows } from "../../fixtures/mock-deal.ts";
import { runHoldfast } from "../../fixtures/run-holdfast.ts";

describe("holdfast wallet and settle", () => {
  let live: LiveChain;
  let folder: string;
  let passwordFile: string;
  let connection: string[];
  let key: string[];

  before(async () => {
    live = await liveChain();
    folder = await mkdtemp(path.join(tmpdir(), "holdfast-cli-"));
    passwordFile = path.join(folder, "password");
    await writeFile(passwordFile, "a password\n", { mode: 0o600 });
    connection = ["--rpc", live.process.rpcUrl, "--market", live.deployment.market];
    // The settler's key: account 33, which has ether for gas.
    const { privateKey } = live.account(33).getHdKey();
    await createKeystore(
      path.join(folder, "keystore.json"),
      "a password",
      `0x${Buffer.from(privateKey!).toString("hex")}`,
    );
    key = ["--home", folder, "--password-file", passwordFile];
  });
  after(() => rm(folder, { recursive: true }));

  it("makes a key that `wallet show` finds again, and never prints the password or the key", async () => {
    const data = path.join(folder, "new");
    const made = await runHoldfast(["wallet", "new", "--home", data, "--password-file", passwordFile, "--json"]);
    expect(made.code, made.stderr).to.equal(0);
    const { address, keystore } = JSON.parse(made.stdout);
    const shown = await runHoldfast(["wallet", "show", "--home", data, ...connection, "--json"]);
    expect(JSON.parse(shown.stdout)).to.deep.equal({ address, ether: "0", tokens: "0", free: "0", channels: [] });
    expect(made.stdout + made.stderr + (await readFile(keystore, "utf8"))).not.to.include("a password");
    const again = await runHoldfast(["wallet", "new", "--home", data, "--password-file", passwordFile]);
    expect(again.code).to.equal(1);
    expect(again.stderr).to.include("(KEYSTORE_EXISTS)");
  });

  it("each wrong setting is one sentence with its own code", async () => {
    const wrong = path.join(folder, "wrong");
    await writeFile(wrong, "another\n", { mode: 0o600 });
    const someone = ["settle", "--provider", zeroAddress];
    const [rpc, market] = [connection.slice(0, 2), connection.slice(2)];
    const cases: [string[], string][] = [
      [[...someone, ...key, ...market], "SETTING_MISSING"],
      [[...someone, ...key, ...rpc], "SETTING_MISSING"],
      [[...someone, ...key, ...market, "--rpc", `http://127.0.0.1:${await ownPort()}`], "CHAIN_UNREACHABLE"],
      [[...someone, ...key, ...rpc, "--market", live.deployment.vault], "NOT_A_MARKET"],
      [[...someone, ...connection, "--home", folder, "--password-file", wrong], "BAD_PASSWORD"],
      [[...someone, ...connection, "--home", "/nonexistent", "--password-file", passwordFile], "KEYSTORE_MISSING"],
      [["settle", "--deal", "0x12", ...connection, ...key], "BAD_DEAL_KEY"],
      [["settle", "--deal", keccak256("0x99"), ...connection, ...key], "DEAL_UNKNOWN"],
      [["settle", ...connection, ...key], "USAGE"],
    ];
    for (const [args, code] of cases) {
      const { code: exit, stderr, stdout } = await runHere(args);
      const errors = stderr.split("\n").filter((line) => line.startsWith("error: "));
      expect(errors, stderr).to.have.length(1);
      expect(errors[0]).to.match(new RegExp(`\\(${code}\\)$`));
      expect(exit, code).to.equal(code === "USAGE" ? 2 : 1);
      expect(stdout).to.equal("");
    }
  });

  it("asks for no password where there is no terminal to ask on", async () => {
    const { code, stderr } = await runHoldfast(["settle", "--provider", zeroAddress, ...connection, "--home", folder]);
    expect(code).to.equal(1);
    expect(stderr).to.equal(
      "error: There is no terminal to ask for the password; give --password-file. (PASSWORD_NEEDED)\n",
    );
  });

  it("settles what is due of a provider, once, and says what was paid", async () => {
    const provider = await live.connectRich(31, 2n);
    const client = await live.connectRich(32, 1n);
    await openOneSlotDeal(client, provider);
    const [replica] = await replicasOf(client, provider.account.address);
    await proveWindows(live, provider, replica!.firstWindow, replica!.firstWindow + 1);
    await live.mine(30n);
    const command = ["settle", "--provider", provider.account.address, ...connection, ...key];
    const first = await runHoldfast([...command, "--json"]);
    expect(first.code, first.stderr).to.equal(0);
    const { paid, slots } = JSON.parse(first.stdout);
    expect(paid).to.equal(PRICE.toString());
    expect(slots).to.have.length(1);
    expect(slots[0]).to.include({ slot: 0, proven: 1, failed: false, provider: provider.account.address });
    const second = await runHoldfast(command);
    expect([second.code, second.stdout]).to.deep.equal([0, "Nothing is due.\n"]);
  });

  /** As `runHoldfast`, in this process. */
  async function runHere(args: readonly string[]) {
    let stdout = "";
    let stderr = "";
    const code = await runCommandLine(args, {
      commands,
      env: {},
      print: (text) => {
        stdout += text;
      },
      io: {
        write: async () => {},
        log: (line) => {
          stderr += `${line}\n`;
        },
        progress: () => undefined,
        password: processIo().password,
        signal: new AbortController().signal,
      },
    });
    return { code, stdout, stderr };
  }

  async function openOneSlotDeal(client: SigningChain, provider: SigningChain): Promise<void> {
    await joinAsProvider(provider);
    const terms: Terms = {
      slots: 1,
      threshold: 1,
      minChallenges: 1,
      windows: 20,
      maxMisses: 4,
      coolingOff: 0,
      minWindows: 0,
      cancelFeeWindows: 0,
      steward: zeroAddress,
    };
    const salt = keccak256("0x03");
    const dealKey = dealKeyOf(client.account.address, salt, terms);
    const offer = await offerFrom(provider, { client: client.account.address, dealKey, slot: 0 });
    const request = { salt, terms, headerHash: keccak256("0x04"), minSlots: 1, maxPayment: 10n ** 18n };
    await openDeal(client, request, [offer]);
  }
});
