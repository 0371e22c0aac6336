// kill -9 at seeded points over the whole course of a put and of a get: whatever the journal or the part says then, the same
// command goes on to equal bytes, and nobody is paid twice. Twenty points each under HOLDFAST_LONG.

import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { PIECE_BYTES } from "../../../node/data/layout.ts";
import type { Network } from "../../../scripts/lib/network.ts";
import { random } from "../../fixtures/random.ts";
import { newClient, type TestClient } from "../support/client.ts";
import { holdfast, resultOf } from "../support/command-line.ts";
import { allEvents } from "../support/money.ts";
import { sharedNetwork } from "../support/network.ts";

const POINTS = process.env.HOLDFAST_LONG ? 20 : 2;
const [K, N, SEGMENTS] = [2, 3, 4];
/** What a provider of the network asks for a piece. */
const PIECE_PRICE = 10n ** 14n;

describe("a client that is killed", function () {
  this.timeout(POINTS * 180_000 + 120_000);
  const draw = random("killed clients");
  let network: Network;
  let client: TestClient;

  const at = (name: string) => path.join(client.folder, name);
  const write = (name: string) => {
    const content = randomBytes(SEGMENTS * K * PIECE_BYTES - 17);
    writeFileSync(at(name), content);
    return content;
  };
  const put = (name: string, watch = {}) => {
    const shape = ["--data", `${K}`, "--total", `${N}`, "--windows", "40"];
    return holdfast(["client", "put", at(name), ...shape, ...client.options], watch);
  };
  const get = (name: string, watch = {}) =>
    holdfast(["client", "get", name, "--output", at("back"), ...client.options], watch);
  const dealsOpened = async () =>
    (await allEvents(network.chain)).filter(
      (log) => log.eventName === "DealOpened" && log.args.client === client.address,
    ).length;
  const promised = () => {
    const file = path.join(client.data, "vouchers.json");
    const text = existsSync(file) ? readFileSync(file, "utf8") : "{}";
    return Object.values(JSON.parse(text) as Record<string, string>).reduce((sum, one) => sum + BigInt(one), 0n);
  };
  /** Points spread evenly over the lines of a run that was not killed, each with a delay of its own. */
  const points = (lines: number) =>
    Array.from({ length: POINTS }, (_, i) => ({
      line: Math.floor(((i + 0.5) * lines) / POINTS),
      laterMs: draw.between(0, 150),
    }));

  before(async () => {
    network = await sharedNetwork();
    client = await newClient(network, "killed-clients");
  });

  it(`at ${POINTS} points of a put opens one deal for each file and stores it whole`, async () => {
    write("whole");
    const { lines } = await put("whole");
    expect(lines.length).to.be.greaterThan(8);
    for (const [i, killAtLine] of points(lines.length).entries()) {
      const [name, deals] = [`put-${i}`, await dealsOpened()];
      const content = write(name);
      const killed = await put(name, { killAtLine });
      const where = `${killAtLine.line} + ${killAtLine.laterMs} ms: ${killed.lines.at(-1)}`;
      const resumed = resultOf<{ resumed: boolean }>(await put(name));
      // One that had ended before the kill came is stored already, and this is the same file once more.
      const expected = killed.code === 0 ? 2 : 1;
      expect((await dealsOpened()) - deals, where).to.equal(expected);
      if (killed.code === -1) expect(readdirSync(path.join(client.data, "puts")), where).to.deep.equal([]);
      if (killed.lines.some((line) => line.startsWith("uploaded"))) expect(resumed.resumed, where).to.equal(true);
      resultOf(await get(name));
      expect(readFileSync(at("back")).equals(content), where).to.equal(true);
      rmSync(at("back"));
    }
  });

  it(`at ${POINTS} points of a get ends with equal bytes, and pays for what it had not yet`, async () => {
    const content = write("wanted");
    resultOf(await put("wanted"));
    const { lines } = await get("wanted");
    rmSync(at("back"));
    for (const killAtLine of points(lines.length)) {
      const before = promised();
      const killed = await get("wanted", { killAtLine });
      const where = `${killAtLine.line} + ${killAtLine.laterMs} ms: ${killed.lines.at(-1)}`;
      // The kill may come between the last rename and the end: what has the output's name is whole.
      const whole = existsSync(at("back"));
      if (killed.code === 0) expect(whole, where).to.equal(true);
      if (whole) {
        expect(readFileSync(at("back")).equals(content), where).to.equal(true);
        rmSync(at("back"));
      }
      resultOf(await get("wanted"));
      expect(readFileSync(at("back")).equals(content), where).to.equal(true);
      expect(
        readdirSync(client.folder).filter((name) => name.includes(".part")),
        where,
      ).to.deep.equal([]);
      rmSync(at("back"));
      // Every piece once; besides, what was under way when it was killed, and a spare for one that was slow.
      const most = PIECE_PRICE * BigInt((whole ? 2 : 1) * K * SEGMENTS + K * SEGMENTS);
      expect(promised() - before <= most, `${where}: ${promised() - before}`).to.equal(true);
    }
  });
});
