// A laptop is lost: one phrase brings back everything that was stored with it.

import { randomBytes } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import type { Network } from "../../../scripts/lib/network.ts";
import { give } from "../support/client.ts";
import { expectRefusal, holdfast, resultOf } from "../support/command-line.ts";
import { scratchFolder, sharedNetwork } from "../support/network.ts";

describe("a recovery phrase", function () {
  this.timeout(480_000);
  const [letters, photos] = [randomBytes(300_001), randomBytes(20_000)];
  let network: Network;
  let folder: string;
  let phrase: string;
  let address: `0x${string}`;

  const at = (name: string) => path.join(folder, name);
  const data = (name: string) => network.options(at(name));
  const shape = ["--data", "2", "--total", "3", "--windows", "40"];
  const put = async (name: string, content: Uint8Array) => {
    writeFileSync(at(name), content);
    resultOf(await holdfast(["client", "put", at(name), ...shape, ...data("laptop")]));
  };

  before(async () => {
    network = await sharedNetwork();
    folder = scratchFolder(network, "recovery");
  });

  it("is printed once, with the wallet that it makes", async () => {
    const made = resultOf<{ phrase: string; address: `0x${string}` }>(
      await holdfast(["wallet", "new", "--phrase", ...data("laptop")]),
    );
    ({ phrase, address } = made);
    expect(phrase.split(" ")).to.have.length(24);
    await give(network, address, "5");
  });

  it("restores files, with or without a kept list, when nothing else is left", async () => {
    await put("letters.tar", letters);
    resultOf(await holdfast(["client", "backup", ...shape, ...data("laptop")]));
    await put("photos.tar", photos);
    rmSync(at("laptop"), { recursive: true });

    writeFileSync(at("words"), `${phrase}\n`, { mode: 0o600 });
    const again = resultOf<{ address: string; phrase?: string }>(
      await holdfast(["wallet", "new", "--phrase-file", at("words"), ...data("desktop")]),
    );
    expect(again.address).to.equal(address);
    expect(again.phrase).to.equal(undefined);
    const outcome = await holdfast(["client", "restore", ...data("desktop")]);
    const { files, lost, index } = resultOf<{
      files: { name: string; size: number }[];
      lost: unknown[];
      index: string;
    }>(outcome);
    expect({ lost, index }).to.deep.equal({ lost: [], index: "read" });
    expect(files.map(({ name }) => name)).to.include.members(["letters.tar", "photos.tar"]);
    expect(outcome.stdout).to.not.contain("hf1owner1");
    for (const [name, content] of [
      ["letters.tar", letters],
      ["photos.tar", photos],
    ] as const) {
      resultOf(await holdfast(["client", "get", name, "--output", at(`${name}.back`), ...data("desktop")]));
      expect(readFileSync(at(`${name}.back`)).equals(content), name).to.equal(true);
    }
  });

  it("of another wallet restores nothing of this one", async () => {
    resultOf(await holdfast(["wallet", "new", "--phrase", ...data("stranger")]));
    const { files } = resultOf<{ files: unknown[] }>(await holdfast(["client", "restore", ...data("stranger")]));
    expect(files).to.deep.equal([]);
  });

  it("that is misspelt, or that others can read, is refused with one sentence", async () => {
    writeFileSync(at("words"), phrase.replace(/^\w+/, "qwertz"), { mode: 0o600 });
    const args = ["wallet", "new", "--phrase-file", at("words"), ...data("third")];
    expectRefusal(await holdfast(args), "BAD_PHRASE", /Word 1 of the phrase is none of the 2,048/);
    writeFileSync(at("open-words"), phrase, { mode: 0o644 });
    args[3] = at("open-words");
    expectRefusal(await holdfast(args), "SECRET_EXPOSED", /chmod 600/);
  });
});
