import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { commands } from "../../../node/application/cli/commands.ts";
import { runCommandLine } from "../../../node/application/cli/frame.ts";
import { addGatewayKey, readGatewayKeys, removeGatewayKey } from "../../../node/physical/gateway-keys.ts";

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (cause: unknown) => (cause as { code: string }).code,
  );

describe("the gateway's access keys", () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "holdfast-keys-"));
    file = path.join(folder, "gateway", "credentials");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("are made, read and taken away, and only their owner may read them", async () => {
    expect(await readGatewayKeys(file)).to.deep.equal([]);
    const one = await addGatewayKey(file, "default");
    const two = await addGatewayKey(file, "backup-tool");
    expect(await readGatewayKeys(file)).to.deep.equal([one, two]);
    expect(one.accessKey).to.match(/^HFK[A-Z0-9]{17}$/);
    expect(one.secret).to.match(/^[\w-]{40}$/);
    expect(new Set([one.accessKey, two.accessKey, one.secret, two.secret])).to.have.length(4);
    expect(statSync(file).mode & 0o777).to.equal(0o600);
    expect(statSync(path.dirname(file)).mode & 0o777).to.equal(0o700);
    await removeGatewayKey(file, "default");
    expect(await readGatewayKeys(file)).to.deep.equal([two]);
  });

  it("are in the form that AWS tools read", async () => {
    const { accessKey, secret } = await addGatewayKey(file, "default");
    expect(readFileSync(file, "utf8")).to.equal(
      `[default]\naws_access_key_id = ${accessKey}\naws_secret_access_key = ${secret}\n`,
    );
  });

  it("are not read where others may, or where something else is", async () => {
    await addGatewayKey(file, "default");
    chmodSync(file, 0o640);
    expect(await codeOf(readGatewayKeys(file))).to.equal("KEYS_EXPOSED");
    chmodSync(file, 0o600);
    for (const text of ["aws_access_key_id = A", "[a]\naws_access_key_id = A", "[a b]\n", "{}"]) {
      writeFileSync(file, text);
      expect(await codeOf(readGatewayKeys(file)), text).to.equal("BAD_KEYS");
    }
  });

  it("have names that are not taken, and well formed", async () => {
    await addGatewayKey(file, "a");
    expect(await codeOf(addGatewayKey(file, "a"))).to.equal("KEY_EXISTS");
    for (const name of ["", "a b", "a]", "a\n[b]", "x".repeat(65)]) {
      expect(await codeOf(addGatewayKey(file, name)), name).to.equal("BAD_KEY_NAME");
    }
    expect(await codeOf(removeGatewayKey(file, "b"))).to.equal("NO_SUCH_KEY");
  });

  it("are listed, made and taken away on the command line, which never shows a secret", async () => {
    const run = async (...args: string[]) => {
      let shown = "";
      const take = (text: string) => {
        shown += text;
      };
      const quiet = { write: async () => {}, password: async () => "", signal: new AbortController().signal };
      const argv = ["gateway", "key", ...args, "--home", folder];
      const code = await runCommandLine(argv, {
        commands,
        env: {},
        print: take,
        io: { log: take, progress: take, ...quiet },
      });
      return { code, shown };
    };
    expect(await run()).to.deep.equal({ code: 0, shown: "There is no key yet.\n" });
    const made = await run("tool");
    const { accessKey, secret } = (await readGatewayKeys(file))[0]!;
    expect(made).to.deep.equal({ code: 0, shown: `tool  ${accessKey}\nIts secret is in ${file}.\n` });
    const json = await run("--json");
    expect(JSON.parse(json.shown)).to.deep.equal({ file, keys: [{ name: "tool", accessKey }] });
    expect(made.shown + json.shown).not.to.contain(secret);
    expect((await run("tool", "--remove")).code).to.equal(0);
    expect(await readGatewayKeys(file)).to.deep.equal([]);
  });
});
