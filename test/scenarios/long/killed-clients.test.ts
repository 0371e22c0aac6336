// kill -9 at seeded points over the whole course of a put and of a get: whatever the journal or the part says then, the same
// command goes on to equal bytes, nothing that arrived is sent again, and nobody is paid twice. Twenty-four points of a put and
// twenty of a get under HOLDFAST_LONG.

import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { PIECE_BYTES } from "../../../node/data/layout.ts";
import { RUN_PIECES } from "../../../node/network/frames.ts";
import { type Network, startNetwork } from "../../../scripts/lib/network.ts";
import { random } from "../../fixtures/random.ts";
import { newClient, type TestClient } from "../support/client.ts";
import { holdfast, resultOf, type Watch } from "../support/command-line.ts";
import { allEvents } from "../support/money.ts";
import { PUT_STAGES, type PutStage, piecesOnDisk, putStage } from "../support/put-stage.ts";

const DRAWS_PER_STAGE = 4;
const POINTS_OF_A_GET = 20;
const [K, N, SEGMENTS] = [2, 3, 24];
/** What a provider of the network asks for a piece. */
const PIECE_PRICE = 10n ** 14n;

describe("a client that is killed", function () {
  this.timeout(1_800_000);
  const draw = random("killed clients");
  let network: Network;
  let folder: string | undefined;
  let client: TestClient;

  const at = (name: string) => path.join(client.folder, name);
  const write = (name: string) => {
    const content = randomBytes(SEGMENTS * K * PIECE_BYTES - 17);
    writeFileSync(at(name), content);
    return content;
  };
  const put = (name: string, watch: Watch = {}) => {
    const shape = ["--data", `${K}`, "--total", `${N}`, "--windows", "40"];
    return holdfast(["client", "put", at(name), ...shape, ...client.options], watch);
  };
  const get = (name: string, watch: Watch = {}) =>
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
  const parts = () => readdirSync(client.folder).filter((name) => name.endsWith(".part"));

  after(async () => {
    await network?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  before(async () => {
    // Pieces enough for several runs need more than the small circuit proves.
    folder = mkdtempSync(path.join(tmpdir(), "holdfast-killed-"));
    const tokens = { provider: "100", client: "0", stake: "50" };
    network = await startNetwork({ folder, providers: 5, tokens, tell: () => {} });
    client = await newClient(network, "killed-clients", "40");
  });

  it(`at ${DRAWS_PER_STAGE} points of every stage of a put opens one deal for each file and sends what is missing`, async () => {
    const hit = new Set<PutStage>();
    for (const [i, stage] of PUT_STAGES.entries()) {
      for (let j = 0; j < DRAWS_PER_STAGE; j++) {
        const [name, deals, others] = [`put-${stage}-${j}`, await dealsOpened(), piecesOnDisk(network)];
        const own = () => [...piecesOnDisk(network)].filter(([file]) => !others.has(file));
        const content = write(name);
        const laterMs = j === 0 ? 0 : draw.between(0, stage === "listed" ? 1500 : 250);
        const killed = await put(name, {
          async killWhen() {
            const found = await putStage(network, client);
            if (found === undefined || PUT_STAGES.indexOf(found) < i) return false;
            await sleep(laterMs);
            return true;
          },
        });
        const where = `${stage} + ${laterMs} ms: ${killed.lines.at(-1)}`;
        expect(killed.code, where).to.equal(-1);
        const reached = await putStage(network, client);
        if (reached !== undefined) hit.add(reached);
        // What had left when it was killed arrives.
        let had = own();
        for (let before = -1; before < had.length; had = own()) {
          before = had.length;
          await sleep(1000);
        }

        const resumed = resultOf<{ resumed: boolean; sent: number }>(await put(name));
        // One that was over but for its last word is stored, and this is the same file once more.
        const over = reached === undefined;
        expect(resumed.resumed, where).to.equal(!over);
        expect((await dealsOpened()) - deals, where).to.equal(over ? 2 : 1);
        const has = new Map(own());
        for (const [file, written] of had)
          expect(has.get(file), `${where}: ${file} was written again`).to.equal(written);
        const missing = over ? N * SEGMENTS : N * SEGMENTS - had.length;
        // A piece on a disk counts once its provider's journal has it too.
        expect(resumed.sent, where).to.be.within(missing, missing + N);
        expect(readdirSync(path.join(client.data, "puts")), where).to.deep.equal([]);
        resultOf(await get(name));
        expect(readFileSync(at("back")).equals(content), where).to.equal(true);
        rmSync(at("back"));
      }
    }
    expect(PUT_STAGES.filter((stage) => !hit.has(stage))).to.deep.equal([]);
  });

  it(`at ${POINTS_OF_A_GET} points of a get ends with equal bytes, and pays for what it had not yet`, async () => {
    const content = write("wanted");
    resultOf(await put("wanted"));
    const hit = { begun: 0, halfway: 0, whole: 0 };
    for (let i = 0; i < POINTS_OF_A_GET; i++) {
      const before = promised();
      const least = Math.floor((i / (POINTS_OF_A_GET - 1)) * content.length);
      const laterMs = draw.between(0, 30);
      const killed = await get("wanted", {
        async killWhen() {
          const [part] = parts();
          const size = part === undefined ? undefined : statSync(at(part), { throwIfNoEntry: false })?.size;
          if (!existsSync(at("back")) && (size === undefined || size < least)) return false;
          await sleep(laterMs);
          return true;
        },
      });
      const [part] = parts();
      const size = part === undefined ? 0 : statSync(at(part)).size;
      const where = `${least} bytes + ${laterMs} ms, ${size} there: ${killed.lines.at(-1)}`;
      // The kill may come between the last rename and the end: what has the output's name is whole.
      const whole = existsSync(at("back"));
      if (killed.code === 0) expect(whole, where).to.equal(true);
      if (whole) hit.whole++;
      else if (size === 0) hit.begun++;
      else hit.halfway++;
      if (!whole) {
        const resumed = resultOf<{ paid: string }>(await get("wanted"));
        const missing = SEGMENTS - Math.floor(size / (K * PIECE_BYTES));
        // And a spare for a run that was slow.
        const most = PIECE_PRICE * BigInt(K * missing + RUN_PIECES);
        expect(BigInt(resumed.paid) <= most, `${where}: ${resumed.paid}`).to.equal(true);
      }
      expect(readFileSync(at("back")).equals(content), where).to.equal(true);
      expect(parts(), where).to.deep.equal([]);
      rmSync(at("back"));
      // What was under way at the kill comes again for nothing; besides the pieces there is a spare run, and the voucher for one
      // piece by which each source hears what is left of the last.
      const most = PIECE_PRICE * BigInt(K * SEGMENTS + RUN_PIECES + N);
      expect(promised() - before <= most, `${where}: ${promised() - before}`).to.equal(true);
    }
    expect(hit.halfway, JSON.stringify(hit)).to.be.greaterThan(POINTS_OF_A_GET / 2);
  });
});
