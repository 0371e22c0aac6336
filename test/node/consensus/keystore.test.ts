import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { Wallet } from "ethers";
import {
  createKeystore,
  keystoreAddress,
  openKeystore,
  readKeyFile,
  readPasswordFile,
} from "../../../node/consensus/keystore.ts";
import { rejection } from "../../contracts/support/rejection.ts";

describe("keystore", () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "holdfast-keystore-"));
    file = path.join(folder, "keystore.json");
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("opens with its password only, and gives the same key", async () => {
    const made = await createKeystore(file, "correct horse");
    const opened = await openKeystore(file, "correct horse");
    expect(opened.privateKey).to.equal(made.privateKey);
    expect(opened.account.address).to.equal(made.account.address);
    expect(await keystoreAddress(file)).to.equal(made.account.address);
    const error = await rejection(openKeystore(file, "wrong horse"));
    expect(error.code).to.equal("BAD_PASSWORD");
    expect(error.message).not.to.include("horse");
  });

  it("is a file that ethers itself opens, readable by its owner only, without the key in it", async () => {
    const key = `0x${"5e".repeat(32)}` as const;
    const { account } = await createKeystore(file, "password", key);
    const json = await readFile(file, "utf8");
    expect((await Wallet.fromEncryptedJson(json, "password")).address).to.equal(account.address);
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    expect(json).not.to.include("5e5e5e");
  });

  it("never overwrites a key", async () => {
    await createKeystore(file, "first");
    const before = await readFile(file, "utf8");
    expect((await rejection(createKeystore(file, "second"))).code).to.equal("KEYSTORE_EXISTS");
    expect(await readFile(file, "utf8")).to.equal(before);
  });

  it("refuses an empty password and leaves no file", async () => {
    expect((await rejection(createKeystore(file, ""))).code).to.equal("BAD_PASSWORD");
    expect((await rejection(openKeystore(file, ""))).code).to.equal("KEYSTORE_MISSING");
  });

  it("refuses a keystore or a password that others can read", async () => {
    await createKeystore(file, "password");
    await chmod(file, 0o640);
    const error = await rejection(openKeystore(file, "password"));
    expect(error.code).to.equal("SECRET_EXPOSED");
    expect(error.message).to.include("chmod 600");
    const passwordFile = path.join(folder, "password");
    await writeFile(passwordFile, "secret\nrest", { mode: 0o604 });
    expect((await rejection(readPasswordFile(passwordFile))).code).to.equal("SECRET_EXPOSED");
    await chmod(passwordFile, 0o600);
    expect(await readPasswordFile(passwordFile)).to.equal("secret");
  });

  it("imports a raw key only from a file that others cannot read, and never repeats what is in it", async () => {
    const keyFile = path.join(folder, "key");
    expect((await rejection(readKeyFile(keyFile))).code).to.equal("KEY_FILE_MISSING");
    await writeFile(keyFile, `0x${"5e".repeat(32)}\n`, { mode: 0o644 });
    expect((await rejection(readKeyFile(keyFile))).code).to.equal("SECRET_EXPOSED");
    await chmod(keyFile, 0o600);
    expect(await readKeyFile(keyFile)).to.equal(`0x${"5e".repeat(32)}`);
    await writeFile(keyFile, "5e".repeat(32));
    const error = await rejection(readKeyFile(keyFile));
    expect(error.code).to.equal("BAD_KEY");
    expect(JSON.stringify([error.message, error.details])).not.to.include("5e5e");
  });

  it("says which file is missing or damaged", async () => {
    expect((await rejection(openKeystore(file, "x"))).code).to.equal("KEYSTORE_MISSING");
    expect((await rejection(readPasswordFile(file))).code).to.equal("PASSWORD_FILE_MISSING");
    await createKeystore(file, "password");
    const json = await readFile(file, "utf8");
    for (const damaged of ["", "{}", json.slice(0, 200), json.replace(/"ciphertext":"../, '"ciphertext":"zz')]) {
      await writeFile(file, damaged);
      expect((await rejection(openKeystore(file, "password"))).code, damaged).to.equal("KEYSTORE_DAMAGED");
    }
  });
});
