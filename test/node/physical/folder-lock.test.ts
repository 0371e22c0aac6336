import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { lockFolder } from "../../../node/physical/folder-lock.ts";

describe("folder lock", () => {
  let folder: string;
  const { signal } = new AbortController();
  const patient = { onWait: () => {}, signal };

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "holdfast-lock-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("lets the second wait until the first is done, and says once that it waits", async () => {
    const first = await lockFolder(folder, patient);
    const order: string[] = [];
    const waiting = lockFolder(folder, { onWait: () => order.push("waits"), signal }).then((lock) => {
      order.push("has it");
      lock.release();
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    order.push("released");
    first.release();
    await waiting;
    expect(order).to.deep.equal(["waits", "released", "has it"]);
  });

  it("stops waiting when its signal is aborted", async () => {
    const first = await lockFolder(folder, patient);
    const controller = new AbortController();
    const waiting = lockFolder(folder, { onWait: () => controller.abort(), signal: controller.signal });
    const outcome = await waiting.then(
      () => "locked",
      (error: Error) => error.name,
    );
    expect(outcome).to.equal("AbortError");
    first.release();
  });

  it("makes the folder, and writes nothing that a full disk would refuse", async () => {
    const deep = path.join(folder, "new");
    const lock = await lockFolder(deep, patient);
    expect(readdirSync(deep).map((name) => statSync(path.join(deep, name)).size)).to.deep.equal([0]);
    lock.release();
  });
});
