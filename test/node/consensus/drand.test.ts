import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import path from "node:path";
import { expect } from "chai";
import { drandSignatures, QUICKNET } from "../../../node/consensus/drand.ts";

const { chainHash, rounds } = JSON.parse(readFileSync(path.resolve("test/fixtures/drand-quicknet.json"), "utf8"));
const [vector] = rounds as { round: number; signature: string; randomness: string }[];

/** A relay that answers every path with `answer`, and what it was asked for. */
async function relay(answer: unknown): Promise<{ url: string; asked: string[]; server: Server }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url!);
    response.end(typeof answer === "string" ? answer : JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return { url: `http://127.0.0.1:${port}`, asked, server };
}

describe("drand's relays", () => {
  const servers: Server[] = [];
  after(() => {
    for (const server of servers) server.close();
  });
  async function relays(...answers: readonly unknown[]) {
    const all = await Promise.all(answers.map(relay));
    servers.push(...all.map(({ server }) => server));
    return {
      all,
      of: drandSignatures(
        all.map(({ url }) => url),
        fetch,
      ),
    };
  }

  it("give a round's signature as it was published", async () => {
    const { all, of } = await relays(vector);
    expect(await of(BigInt(vector!.round))).to.equal(`0x${vector!.signature}`);
    expect(all[0]!.asked).to.deep.equal([`/${QUICKNET}/public/${vector!.round}`]);
    expect(QUICKNET).to.equal(chainHash);
  });

  it("are asked in turn while they are silent, lie about the round, or answer what is no signature", async () => {
    const wrong = [{ ...vector, round: 1 }, { ...vector, signature: "00" }, { ...vector, signature: 7 }, "<html>"];
    const { all, of } = await relays(...wrong, vector);
    all[0]!.server.close();
    expect(await of(BigInt(vector!.round))).to.equal(`0x${vector!.signature}`);
    expect(all.slice(1).map(({ asked }) => asked.length)).to.deep.equal([1, 1, 1, 1]);
  });

  it("are all named when none has the round", async () => {
    const { all, of } = await relays("", {});
    const error = await of(5n).catch((cause: { code: string; message: string }) => cause);
    const { code, message } = error as { code: string; message: string };
    expect(code).to.equal("DRAND_UNREACHABLE");
    for (const { url } of all) expect(message).to.contain(url);
  });
});
