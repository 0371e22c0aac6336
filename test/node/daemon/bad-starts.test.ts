import { chmod, readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import path from "node:path";
import { expect } from "chai";
import { ROOT, run } from "./daemon-process.ts";
import { type Market, startMarket } from "./market.ts";

const TOKEN = 10n ** 18n;

describe("provider commands with bad input", () => {
  let market: Market;
  let data: string;
  let base: string[];
  let link: string[];
  let config: Record<string, unknown>;

  before(async () => {
    market = await startMarket();
    data = path.join(market.folder, "provider");
    base = ["--home", data, "--password-file", market.passwordFile];
    link = ["--rpc", market.rpcUrl, "--market", market.reader.addresses.market];
    const account = await market.account(1, 60n * TOKEN);
    const keyFile = path.join(market.folder, "key");
    await writeFile(keyFile, `${account.privateKey}\n`, { mode: 0o600 });
    const prover = ["--prover", path.join(ROOT, "build/circuits/test")];
    const init = await run(["provider", "init", ...link, ...base, ...prover, "--stake", "10", "--key-file", keyFile]);
    expect(init.result).to.include({ provider: account.address, stake: String(10n * TOKEN) });
    config = JSON.parse(await readFile(path.join(data, "config.json"), "utf8")) as Record<string, unknown>;
  });
  after(async () => await market?.stop());

  const writeConfig = (changes: Record<string, unknown>) =>
    writeFile(path.join(data, "config.json"), JSON.stringify({ ...config, ...changes }));

  /** What a run that cannot start says; it must end with code 1 and one sentence. */
  async function refused(changes: Record<string, unknown>, args = base): Promise<{ code: string; message: string }> {
    await writeConfig(changes);
    const { code, result, stderr } = await run(["provider", "run", ...args]);
    expect(code).to.equal(1);
    expect(stderr.trim().split("\n").length).to.equal(1);
    return result.error as { code: string; message: string };
  }

  async function blocker(): Promise<{ server: Server; port: number }> {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    return { server, port: (server.address() as { port: number }).port };
  }

  it("a wrong password is told apart from a damaged keystore", async () => {
    const wrong = path.join(market.folder, "wrong");
    await writeFile(wrong, "battery staple\n", { mode: 0o600 });
    expect((await refused({}, ["--home", data, "--password-file", wrong])).code).to.equal("BAD_PASSWORD");
    await chmod(wrong, 0o644);
    expect((await refused({}, ["--home", data, "--password-file", wrong])).code).to.equal("SECRET_EXPOSED");
  });

  it("a taken port is named", async () => {
    const { server, port } = await blocker();
    const listen = await refused({ listen: `/ip4/127.0.0.1/tcp/${port}` });
    const status = await refused({ statusPort: port });
    server.close();
    expect([listen.code, status.code]).to.deep.equal(["PORT_TAKEN", "PORT_TAKEN"]);
    expect(listen.message + status.message).to.match(new RegExp(`${port}.*${port}`));
  });

  it("a chain that does not answer, and one with another id, are told apart", async () => {
    const { server, port } = await blocker();
    server.close();
    expect((await refused({ rpcUrl: `http://127.0.0.1:${port}` })).code).to.equal("CHAIN_UNREACHABLE");
    const other = await refused({ chainId: 1 });
    expect(other.code).to.equal("WRONG_CHAIN");
    expect(other.message).to.match(/1 .*31337/);
  });

  it("an address without a market is said", async () => {
    expect((await refused({ market: market.reader.addresses.vault })).code).to.equal("NOT_A_MARKET");
  });

  it("keys that the market's verifier does not belong to are refused before any window is missed", async () => {
    expect((await refused({ proverDir: path.join(ROOT, "build/circuits/dev") })).code).to.equal("VERIFIER_MISMATCH");
    expect((await refused({ proverDir: market.folder })).code).to.equal("PROVER_FILES");
  });

  it("a damaged configuration is named with its field", async () => {
    const bad = await refused({ capacity: 10 });
    expect(bad.code).to.equal("BAD_CONFIG");
    expect(bad.message).to.contain("capacity");
  });

  it("a data folder without a provider is said", async () => {
    const empty = ["--home", path.join(market.folder, "empty"), "--password-file", market.passwordFile];
    const { code, result } = await run(["provider", "run", ...empty]);
    expect([code, (result.error as { code: string }).code]).to.deep.equal([1, "NO_CONFIG"]);
  });

  it("an init that asks for more tokens than there are, or an impossible price, changes nothing on chain", async () => {
    const fresh = path.join(market.folder, "fresh");
    const options = [...link, "--home", fresh, "--password-file", market.passwordFile];
    const prover = ["--prover", path.join(ROOT, "build/circuits/test")];
    const poor = await run(["provider", "init", ...options, ...prover, "--stake", "10"]);
    expect((poor.result.error as { code: string }).code).to.equal("NOT_ENOUGH_TOKENS");
    const dear = ["--home", path.join(market.folder, "dear"), "--price", "1000", "--stake", "10"];
    const refusedPrice = await run(["provider", "init", ...options, ...prover, ...dear]);
    expect((refusedPrice.result.error as { code: string }).code).to.equal("PRICE_ABOVE_PROOFS");
  });

  it("the same init a second time changes nothing and says the same", async () => {
    await writeConfig({});
    const again = await run(["provider", "init", ...link, ...base, "--stake", "10"]);
    expect(again.result).to.include({ stake: String(10n * TOKEN), listen: config.listen });
  });
});
