import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { capabilityOf } from "../../../node/interface/client/stored-capability.ts";
import { addToFileIndex } from "../../../node/physical/file-index.ts";
import { rejection } from "../../contracts/support/rejection.ts";

describe("the file that a command is about", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "holdfast-names-"));
  });
  afterEach(async () => await rm(folder, { recursive: true }));

  const store = (name: string, dealKey: string, capability: string) =>
    addToFileIndex(folder, {
      ...{ name, dealKey, capability, size: 1, cid: "", slots: 5, threshold: 3, windows: 12 },
      storedAt: "2026-01-01T00:00:00.000Z",
    });

  it("is the newest of its name, or the one of its deal key", async () => {
    await store("photos.tar", "0x01", "hf1owner1old");
    await store("photos.tar", "0x02", "hf1owner1new");
    expect(await capabilityOf(folder, "photos.tar")).to.equal("hf1owner1new");
    expect(await capabilityOf(folder, "0x01")).to.equal("hf1owner1old");
  });

  it("is what a capability says, known here or not", async () => {
    expect(await capabilityOf(folder, "hf1read1abc")).to.equal("hf1read1abc");
  });

  it("is not guessed, and a mistyped secret is not repeated", async () => {
    const error = await rejection(capabilityOf(folder, "h1fowner1secret"));
    expect(error.code).to.equal("UNKNOWN_FILE");
    expect(error.message).not.to.include("secret");
  });
});
