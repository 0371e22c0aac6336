// The access keys of a gateway: a credentials file as every AWS tool reads it, so that no secret is ever printed or typed.
//
//   [default]
//   aws_access_key_id = HFK3...
//   aws_secret_access_key = ...

import { randomBytes } from "node:crypto";
import { mkdir, stat } from "node:fs/promises";
import path from "node:path";
import { HoldfastError } from "../common/errors.ts";
import { fileError, readTextIfPresent, replaceFile } from "./user-file.ts";

export interface GatewayKey {
  /** The profile under which tools find it. */
  readonly name: string;
  readonly accessKey: string;
  readonly secret: string;
}

/** Where a data folder keeps them. */
export function gatewayKeysOf(folder: string): string {
  return path.join(folder, "gateway", "credentials");
}

/** Throws `BAD_KEYS` for a file that is not as this writes it, `KEYS_EXPOSED` when others may read it. */
export async function readGatewayKeys(file: string): Promise<GatewayKey[]> {
  const text = await readTextIfPresent(file);
  if (text === undefined) return [];
  const { mode } = await stat(file).catch((cause) => {
    throw fileError(cause, file);
  });
  if ((mode & 0o077) !== 0) {
    throw new HoldfastError("KEYS_EXPOSED", `Others may read ${file}: make new keys, or run \`chmod 600\` on it.`, {
      details: { file },
    });
  }
  return parse(text, file);
}

/** Adds a key under `name`. Throws `KEY_EXISTS`, `BAD_KEY_NAME`. */
export async function addGatewayKey(file: string, name: string): Promise<GatewayKey> {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) {
    throw new HoldfastError("BAD_KEY_NAME", "A key's name has 1 to 64 letters, digits, hyphens and underscores.");
  }
  const keys = await readGatewayKeys(file);
  if (keys.some((key) => key.name === name)) {
    throw new HoldfastError(
      "KEY_EXISTS",
      `There is a key "${name}" already: remove it first, or choose another name.`,
      {
        details: { name },
      },
    );
  }
  const key = { name, accessKey: `HFK${randomName()}`, secret: randomBytes(30).toString("base64url") };
  await write(file, [...keys, key]);
  return key;
}

/** Throws `NO_SUCH_KEY`. */
export async function removeGatewayKey(file: string, name: string): Promise<void> {
  const keys = await readGatewayKeys(file);
  const others = keys.filter((key) => key.name !== name);
  if (others.length === keys.length) {
    throw new HoldfastError("NO_SUCH_KEY", `There is no key "${name}"; \`holdfast gateway key\` lists all.`, {
      details: { name },
    });
  }
  await write(file, others);
}

async function write(file: string, keys: readonly GatewayKey[]): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 }).catch((cause) => {
    throw fileError(cause, file);
  });
  const sections = keys.map(({ name, accessKey, secret }) =>
    [`[${name}]`, `aws_access_key_id = ${accessKey}`, `aws_secret_access_key = ${secret}`, ""].join("\n"),
  );
  await replaceFile(file, sections.join("\n"));
}

function parse(text: string, file: string): GatewayKey[] {
  const keys: { name: string; accessKey?: string; secret?: string }[] = [];
  for (const line of text.split(/\r?\n/).map((one) => one.trim())) {
    if (line === "" || line.startsWith("#")) continue;
    const name = /^\[([A-Za-z0-9_-]{1,64})\]$/.exec(line)?.[1];
    const [, field, value] = /^(\w+)\s*=\s*(\S+)$/.exec(line) ?? [];
    const last = keys.at(-1);
    if (name !== undefined) keys.push({ name });
    else if (last !== undefined && field === "aws_access_key_id") last.accessKey = value!;
    else if (last !== undefined && field === "aws_secret_access_key") last.secret = value!;
    else throw bad(file);
  }
  return keys.map(({ name, accessKey, secret }) => {
    if (accessKey === undefined || secret === undefined) throw bad(file);
    return { name, accessKey, secret };
  });
}

function bad(file: string): HoldfastError {
  return new HoldfastError("BAD_KEYS", `${file} is not a list of access keys; correct it or move it away.`);
}

/** 17 letters and digits that nobody mistakes for others. */
function randomName(): string {
  const letters = "ABCDEFGHJKMNPQRSTVWXYZ0123456789";
  return Array.from(randomBytes(17), (byte) => letters[byte & 31]).join("");
}
