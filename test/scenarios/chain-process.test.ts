import { execFile } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import path from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { createPublicClient, http } from "viem";
import { startChain } from "../../scripts/lib/chain-process.ts";
import { isFree, ownPort } from "../../scripts/lib/ports.ts";
import { rejection } from "../contracts/support/rejection.ts";

const root = path.resolve(import.meta.dirname, "../..");

describe("startChain", () => {
  it("answers on the loopback interface until it is stopped, and leaves no process", async () => {
    const chain = await startChain({ root });
    const client = createPublicClient({ transport: http(chain.rpcUrl, { retryCount: 0 }) });
    expect(await client.getChainId()).to.equal(31337);
    await chain.stop();
    await chain.exited;
    expect(() => process.kill(chain.pid, 0)).to.throw("ESRCH");
    expect(await isFree(chain.port)).to.equal(true);
  });

  it("says that its port is taken instead of taking another chain for its own", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const error = await rejection(startChain({ root, port }));
    taken.close();
    expect(error.code).to.equal("PORT_TAKEN");
    expect(error.message).to.include(String(port));
  });

  it("is never given a port that another process was given and has not used yet", async () => {
    const script = `import { ownPort } from "./scripts/lib/ports.ts"; console.log(await ownPort(), await ownPort())`;
    const run = promisify(execFile);
    const taking = Array.from({ length: 4 }, () =>
      run(process.execPath, ["--eval", `${script}; setTimeout(() => {}, 2000)`], { cwd: root }),
    );
    const ports = (await Promise.all(taking)).flatMap(({ stdout }) => stdout.trim().split(" "));
    expect(new Set([...ports, String(await ownPort())]).size).to.equal(9);
  });

  it("says why it did not start", async () => {
    const error = await rejection(startChain({ root: path.join(root, "nowhere"), timeout: 5_000 }));
    expect(error.code).to.equal("CHAIN_START");
  });
});
