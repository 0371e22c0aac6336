// What people get wrong, typed into the real command line: one clear sentence, exit code 1, nothing lost, nothing half-written.

import { randomBytes } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { attenuate } from "../../node/data/capability.ts";
import { decodeCapability, encodeCapability } from "../../node/data/capability-codec.ts";
import { PIECE_BYTES } from "../../node/data/layout.ts";
import type { Network } from "../../scripts/lib/network.ts";
import { newClient, type TestClient } from "./support/client.ts";
import { expectRefusal, holdfast, resultOf } from "./support/command-line.ts";
import { allEvents } from "./support/money.ts";
import { scratchFolder, sharedNetwork } from "./support/network.ts";
import { mountSmallDisk } from "./support/small-disk.ts";

const SMALL = ["--data", "1", "--total", "2", "--windows", "200"];

describe("bad input", function () {
  this.timeout(300_000);
  let network: Network;
  let client: TestClient;
  /** A stored file: its plaintext and its owner's capability. */
  const stored = { content: randomBytes(2 * PIECE_BYTES + 17), capability: "" };

  const inFolder = (name: string) => path.join(client.folder, name);
  const put = (file: string, ...more: string[]) =>
    holdfast(["client", "put", file, ...SMALL, ...client.options, ...more]);
  const get = (capability: string, output: string, ...more: string[]) =>
    holdfast(["client", "get", capability, "--output", output, ...client.options, ...more]);
  const dealsOpened = async () =>
    (await allEvents(network.chain)).filter(
      (log) => log.eventName === "DealOpened" && log.args.client === client.address,
    ).length;
  const journals = () =>
    existsSync(path.join(client.data, "puts")) ? readdirSync(path.join(client.data, "puts")) : [];

  before(async () => {
    network = await sharedNetwork();
    client = await newClient(network, "bad-input");
    writeFileSync(inFolder("stored"), stored.content);
    stored.capability = resultOf<{ capability: string }>(await put(inFolder("stored"))).capability;
  });

  describe("key and connection", () => {
    it("a wrong password is told from a damaged key", async () => {
      const wrong = inFolder("wrong-password");
      writeFileSync(wrong, "not this one\n", { mode: 0o600 });
      expectRefusal(
        await put(inFolder("stored"), "--password-file", wrong),
        "BAD_PASSWORD",
        /does not open .*keystore/,
      );
      const other = scratchFolder(network, "damaged");
      writeFileSync(path.join(other, "keystore.json"), "{}", { mode: 0o600 });
      expectRefusal(await put(inFolder("stored"), "--home", other), "KEYSTORE_DAMAGED", /restore it from a backup/);
      expect(readdirSync(other)).to.deep.equal(["keystore.json"]);
    });

    it("a data folder without a key, and a key that others can read, are refused", async () => {
      const other = scratchFolder(network, "keyless");
      expectRefusal(await put(inFolder("stored"), "--home", other), "KEYSTORE_MISSING", /holdfast wallet new/);
      cpSync(path.join(client.data, "keystore.json"), path.join(other, "keystore.json"));
      chmodSync(path.join(other, "keystore.json"), 0o644);
      expectRefusal(await put(inFolder("stored"), "--home", other), "SECRET_EXPOSED", /chmod 600/);
    });

    it("a chain that does not answer is named", async () => {
      const outcome = await put(inFolder("stored"), "--rpc", "http://127.0.0.1:9");
      expectRefusal(outcome, "CHAIN_UNREACHABLE", /http:\/\/127\.0\.0\.1:9/);
    });

    it("a configuration for another chain id is refused before anything is sent", async () => {
      const other = scratchFolder(network, "other-chain");
      cpSync(path.join(client.data, "keystore.json"), path.join(other, "keystore.json"));
      writeFileSync(path.join(other, "config.json"), JSON.stringify({ chainId: 1 }));
      expectRefusal(await put(inFolder("stored"), "--home", other), "WRONG_CHAIN", /31337/);
    });

    it("an address without a market is refused, whether it has code or not", async () => {
      for (const market of [network.deployment.token, client.address]) {
        expectRefusal(await put(inFolder("stored"), "--market", market), "NOT_A_MARKET", new RegExp(market));
      }
    });

    it("a client without tokens is told so before it uploads anything", async () => {
      const poor = await newClient(network, "poor", "0");
      const outcome = await holdfast(["client", "put", inFolder("stored"), ...SMALL, ...poor.options]);
      expectRefusal(outcome, "NOT_ENOUGH_TOKENS", /send it more/);
      expect(outcome.stderr).not.to.contain("uploaded");
      expect(existsSync(path.join(poor.data, "puts"))).to.equal(false);
      const reading = await holdfast([
        "client",
        "get",
        stored.capability,
        "--output",
        path.join(poor.folder, "x"),
        ...poor.options,
      ]);
      expectRefusal(reading, "NOT_ENOUGH_TOKENS", /send it more/);
      expect(readdirSync(poor.folder)).to.deep.equal(["data"]);
    });
  });

  describe("provider run", () => {
    /** A second data folder with the key and configuration of provider 1, changed. */
    const copyOf = (change: Record<string, unknown>) => {
      const { folder } = network.providers[0]!;
      const other = scratchFolder(network, "provider");
      cpSync(path.join(folder, "keystore.json"), path.join(other, "keystore.json"));
      const config = JSON.parse(readFileSync(path.join(folder, "config.json"), "utf8"));
      writeFileSync(path.join(other, "config.json"), JSON.stringify({ ...config, ...change }));
      return other;
    };
    const run = (folder: string) => holdfast(["provider", "run", ...network.options(folder)]);

    it("twice on one data folder is refused", async () => {
      expectRefusal(await run(network.providers[0]!.folder), "FOLDER_IN_USE", /stop it first/);
    });

    it("on a port that is taken is refused", async () => {
      expectRefusal(await run(copyOf({})), "PORT_TAKEN", /tcp/);
    });

    it("with a proving key that is not the deployment's is refused", async () => {
      const proverDir = path.resolve(import.meta.dirname, "../../build/circuits/dev");
      const outcome = await run(copyOf({ proverDir }));
      expect(outcome.code).to.equal(1);
      const { error } = JSON.parse(outcome.stdout) as { error: { code: string } };
      expectRefusal(outcome, error.code, /proving key|circuit|verif/i);
    });

    it("leaves the running provider alone", async () => {
      const { daemon } = network.providers[0]!;
      expect(daemon.process.exitCode).to.equal(null);
      expect(resultOf<{ slots: unknown[] }>(await put(inFolder("stored"), "--total", "5")).slots).to.have.length(5);
    });
  });

  describe("capability", () => {
    it("that is none, mistyped or of a later version is refused, and never repeated", async () => {
      const { capability } = stored;
      const mistyped = `${capability.slice(0, 60)}${capability[60] === "a" ? "b" : "a"}${capability.slice(61)}`;
      const cases: [string, string, RegExp][] = [
        ["my photos of the last summer", "UNKNOWN_FILE", /client ls/],
        ["hf1owner1 with words behind it", "UNKNOWN_CAPABILITY", /hf1owner1/],
        [mistyped, "CAPABILITY_CHECKSUM", /mistyped/],
        [capability.slice(0, -5), "CAPABILITY_CHECKSUM", /cut off/],
        [capability.replace("hf1", "hf2"), "UNKNOWN_VERSION", /update Holdfast/],
      ];
      for (const [text, code, sentence] of cases) {
        const outcome = await get(text, inFolder("none"));
        expectRefusal(outcome, code, sentence);
        expect(outcome.stderr + outcome.stdout).not.to.contain(text.slice(-20));
      }
      expect(existsSync(inFolder("none"))).to.equal(false);
    });

    it("that only verifies cannot read", async () => {
      const verify = encodeCapability(attenuate(decodeCapability(stored.capability), "verify"));
      expectRefusal(await get(verify, inFolder("none")), "CAPABILITY_TOO_WEAK", /verify capability cannot read/);
    });

    it("of a deal that this chain does not have is refused", async () => {
      const owner = decodeCapability(stored.capability);
      const unknown = encodeCapability({ ...owner, dealKey: `0x${"12".repeat(32)}` });
      expectRefusal(await get(unknown, inFolder("none")), "DEAL_UNKNOWN", /knows no/);
      const elsewhere = encodeCapability({ ...owner, chainId: 10 });
      expectRefusal(await get(elsewhere, inFolder("none")), "WRONG_CHAIN", /chain 10/);
      const other = encodeCapability({ ...owner, market: network.deployment.token });
      expectRefusal(await get(other, inFolder("none")), "WRONG_MARKET", /check --market/);
    });
  });

  describe("file", () => {
    it("that is missing, a device or a dangling link is refused before providers are asked", async () => {
      symlinkSync(inFolder("nowhere"), inFolder("dangling"));
      const cases: [string, string][] = [
        [inFolder("missing"), "FILE_MISSING"],
        ["/dev/zero", "NOT_A_FILE"],
        [inFolder("dangling"), "FILE_MISSING"],
      ];
      for (const [file, code] of cases) {
        const outcome = await put(file);
        expectRefusal(outcome, code, new RegExp(file));
        expect(outcome.stderr).not.to.contain("quoted");
      }
    });

    it("that changes while it is uploaded is refused, unpaid, and its journal is gone", async () => {
      const before = await dealsOpened();
      const file = inFolder("growing");
      writeFileSync(file, randomBytes(3 * PIECE_BYTES));
      let grown = false;
      const onLine = (line: string) => {
        if (!grown && line.includes("uploaded")) appendFileSync(file, "x");
        grown ||= line.includes("uploaded");
      };
      const outcome = await holdfast(["client", "put", file, ...SMALL, ...client.options], { onLine });
      expectRefusal(outcome, "FILE_CHANGED", /changed while it was being stored; nothing was paid/);
      expect(await dealsOpened()).to.equal(before);
      expect(journals()).to.deep.equal([]);
    });

    it("of zero bytes, one byte, and a piece and a byte come back byte for byte", async () => {
      for (const size of [0, 1, PIECE_BYTES + 1]) {
        const content = randomBytes(size);
        const file = inFolder(`size-${size}`);
        writeFileSync(file, content);
        const { capability } = resultOf<{ capability: string }>(await put(file));
        resultOf(await get(capability, inFolder(`back-${size}`)));
        expect(readFileSync(inFolder(`back-${size}`)).equals(content), `${size}`).to.equal(true);
      }
    });
  });

  describe("output", () => {
    it("that exists is left alone, and replaced only when asked to", async () => {
      const output = inFolder("precious");
      writeFileSync(output, "mine");
      expectRefusal(await get(stored.capability, output), "OUTPUT_EXISTS", /--force/);
      expect(readFileSync(output, "utf8")).to.equal("mine");
      resultOf(await get(stored.capability, output, "--force"));
      expect(readFileSync(output).equals(stored.content)).to.equal(true);
    });

    it("that cannot be a file is refused before anything is paid", async () => {
      const folder = await get(stored.capability, client.folder, "--force");
      expectRefusal(folder, "NOT_A_FILE", /choose another --output/);
      const nowhere = await get(stored.capability, inFolder("no/such/folder"));
      expectRefusal(nowhere, "NO_FOLDER", /make it first/);
      expect(folder.stderr + nowhere.stderr).not.to.contain("fetched");
    });
  });

  describe("full disk", () => {
    it("under the output leaves no output, and what came of it is not paid for again once there is room", async function () {
      const disk = mountSmallDisk(inFolder("small"), 2 ** 20);
      if (disk === undefined) return this.skip();
      const output = path.join(disk.folder, "back");
      try {
        disk.fill(1.5 * PIECE_BYTES);
        const full = await get(stored.capability, output);
        expectRefusal(full, "DISK_FULL", /The disk is full/);
        expect(existsSync(output)).to.equal(false);
        const [kept] = readdirSync(disk.folder).filter((name) => name.endsWith(".part"));
        expect(full.lines).to.include(
          `what came is kept in ${path.join(disk.folder, kept!)}; the same command goes on with it`,
        );
        rmSync(path.join(disk.folder, "ballast"));
        const rest = await get(stored.capability, output);
        expect(rest.lines).to.include("going on after 1 of 3 segments");
        const { paid } = resultOf<{ paid: string }>(rest);
        expect(BigInt(paid) <= 2n * 10n ** 14n, paid).to.equal(true);
        expect(readFileSync(output).equals(stored.content)).to.equal(true);
        expect(readdirSync(disk.folder)).to.deep.equal(["back"]);
      } finally {
        disk.unmount();
      }
    });

    it("under the client's folder stops a put before it pays, and a get before it promises", async function () {
      const disk = mountSmallDisk(inFolder("full-data"), 2 ** 20);
      if (disk === undefined) return this.skip();
      try {
        cpSync(path.join(client.data, "keystore.json"), path.join(disk.folder, "keystore.json"));
        disk.fill(0);
        const before = await dealsOpened();
        const data = ["--home", disk.folder];
        expectRefusal(await put(inFolder("stored"), ...data), "DISK_FULL", /The disk is full/);
        expect(await dealsOpened()).to.equal(before);
        expectRefusal(await get(stored.capability, inFolder("unpaid"), ...data), "DISK_FULL", /The disk is full/);
        expect(existsSync(inFolder("unpaid"))).to.equal(false);
        // Pieces that an earlier get paid for may have come; nothing was promised for others.
        expect(readdirSync(disk.folder)).not.to.include("vouchers.json");
      } finally {
        disk.unmount();
      }
    });
  });
});
