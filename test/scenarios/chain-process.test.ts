import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import path from "node:path";
import { expect } from "chai";
import { createPublicClient, http } from "viem";
import { freePort, startChain } from "../../scripts/lib/chain-process.ts";
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
    expect(await freePort(chain.port)).to.equal(chain.port);
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

  it("says why it did not start", async () => {
    const error = await rejection(startChain({ root: path.join(root, "nowhere"), timeout: 5_000 }));
    expect(error.code).to.equal("CHAIN_START");
  });
});
