// The one key of a party: encrypted JSON (Web3 Secret Storage v3, as every Ethereum wallet reads it) in a 0600 file.

import { scrypt as nodeScrypt, randomUUID } from "node:crypto";
import { link, mkdir, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { decryptKeystoreJson, encryptKeystoreJson, isKeystoreJson, scrypt } from "ethers";
import { type Address, getAddress, type Hex, type PrivateKeyAccount } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { HoldfastError } from "../common/errors.ts";

/** An opened key. The private key is only for deriving other keys of the same identity: never log or store it. */
export interface Wallet {
  readonly account: PrivateKeyAccount;
  readonly privateKey: Hex;
}

/** The wallet of a raw key. Throws `BAD_KEY`, which never holds the key. */
export function walletOf(privateKey: Hex): Wallet {
  try {
    return { account: privateKeyToAccount(privateKey), privateKey };
  } catch {
    throw new HoldfastError("BAD_KEY", "A private key is 0x and 64 hex digits; this is none.");
  }
}

// OpenSSL's scrypt is several times faster than the JavaScript one and leaves the event loop alone.
scrypt.register(
  (password, salt, N, r, p, length) =>
    new Promise((resolve, reject) => {
      nodeScrypt(password, salt, length, { N, r, p, maxmem: 256 * N * r }, (error, key) => {
        if (error) reject(error);
        else resolve(`0x${key.toString("hex")}`);
      });
    }) as Promise<string>,
);

/**
 * Writes a new key, or `privateKey`, encrypted with `password`, and makes its folder. Never overwrites a file.
 * Throws `KEYSTORE_EXISTS`, `FILE_UNUSABLE`, `BAD_PASSWORD` for an empty password.
 */
export async function createKeystore(path: string, password: string, privateKey?: Hex): Promise<Wallet> {
  if (password === "")
    throw new HoldfastError("BAD_PASSWORD", "The password is empty; choose one with characters in it.");
  const key = privateKey ?? generatePrivateKey();
  const account = privateKeyToAccount(key);
  const json = await encryptKeystoreJson({ address: account.address, privateKey: key }, password);
  await writeOnce(path, json);
  return { account, privateKey: key };
}

/** All of it or nothing, whenever the power fails; and never over an older key. */
async function writeOnce(path: string, content: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(temporary, content, { mode: 0o600, flag: "wx", flush: true });
    await link(temporary, path);
    const folder = await open(dirname(path));
    await folder.sync();
    await folder.close();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw fileError(path, cause as NodeJS.ErrnoException);
    throw new HoldfastError("KEYSTORE_EXISTS", `${path} exists; a keystore is never overwritten, move it away first.`, {
      details: { path },
      cause,
    });
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined); // the folder may not even be one
  }
}

/** Throws `KEYSTORE_MISSING`, `SECRET_EXPOSED`, `KEYSTORE_DAMAGED`, `BAD_PASSWORD`. */
export async function openKeystore(path: string, password: string): Promise<Wallet> {
  const json = await readSecretFile(path, "KEYSTORE_MISSING", "make one with `holdfast wallet new`");
  if (!isKeystoreJson(json)) {
    throw new HoldfastError("KEYSTORE_DAMAGED", `${path} is not an encrypted keystore; restore it from a backup.`, {
      details: { path },
    });
  }
  try {
    const { privateKey } = await decryptKeystoreJson(json, password);
    return { account: privateKeyToAccount(privateKey as Hex), privateKey: privateKey as Hex };
  } catch (cause) {
    if (/password/i.test(String(cause))) {
      throw new HoldfastError("BAD_PASSWORD", `The password does not open ${path}.`, { details: { path } });
    }
    throw new HoldfastError("KEYSTORE_DAMAGED", `${path} is damaged; restore it from a backup.`, {
      details: { path },
      cause,
    });
  }
}

/** The address inside a keystore, without its password. */
export async function keystoreAddress(path: string): Promise<Address> {
  const json = await readSecretFile(path, "KEYSTORE_MISSING", "make one with `holdfast wallet new`");
  try {
    const { address } = JSON.parse(json) as { address: string };
    return getAddress(`0x${address.replace(/^0x/, "")}`);
  } catch (cause) {
    throw new HoldfastError("KEYSTORE_DAMAGED", `${path} is not an encrypted keystore; restore it from a backup.`, {
      details: { path },
      cause,
    });
  }
}

/** The first line of a password file that only its owner can read. */
export async function readPasswordFile(path: string): Promise<string> {
  const text = await readSecretFile(path, "PASSWORD_FILE_MISSING", "check --password-file");
  return text.split(/\r?\n/, 1)[0]!;
}

/** The words of a recovery phrase in a file that only its owner can read. */
export function readPhraseFile(path: string): Promise<string> {
  return readSecretFile(path, "PHRASE_FILE_MISSING", "check --phrase-file");
}

/** A raw private key to import, from a file that only its owner can read. Throws `BAD_KEY`, which never holds the content. */
export async function readKeyFile(path: string): Promise<Hex> {
  const key = (await readSecretFile(path, "KEY_FILE_MISSING", "check --key-file")).trim();
  if (/^0x[0-9a-fA-F]{64}$/.test(key)) return key as Hex;
  throw new HoldfastError("BAD_KEY", `${path} holds no private key: 0x and 64 hex digits.`, { details: { path } });
}

async function readSecretFile(path: string, missing: string, advice: string): Promise<string> {
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0) {
      throw new HoldfastError("SECRET_EXPOSED", `Others can read ${path}; run: chmod 600 ${path}`, {
        details: { path, mode: (mode & 0o777).toString(8) },
      });
    }
    return await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") {
      throw new HoldfastError(missing, `There is no ${path}; ${advice}.`, { details: { path }, cause });
    }
    throw fileError(path, cause as NodeJS.ErrnoException);
  }
}

function fileError(path: string, cause: NodeJS.ErrnoException): HoldfastError {
  if (cause instanceof HoldfastError) return cause;
  return new HoldfastError("FILE_UNUSABLE", `${path} cannot be used: ${cause.code ?? cause.message}.`, {
    details: { path },
    cause,
  });
}
