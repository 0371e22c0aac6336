// The client's verbs without a chain. What a person mistypes, each says in one sentence, before it asks for a password.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { commands } from "../../../node/application/cli/commands.ts";
import { runCommandLine } from "../../../node/application/cli/frame.ts";
import { encodeCapability } from "../../../node/data/capability-codec.ts";
import { addToFileIndex } from "../../../node/physical/file-index.ts";
import { pattern } from "../../fixtures/pattern.ts";
import { runHoldfast } from "../../fixtures/run-holdfast.ts";

const ownerOf = (dealKey: `0x${string}`) =>
  encodeCapability({
    ...{ type: "owner", chainId: 31337, market: `0x${"11".repeat(20)}`, headerHash: `0x${"33".repeat(32)}` },
    ...{ dealKey, master: pattern(32, 7) },
  });

describe("the client's verbs", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "holdfast-verbs-"));
    await writeFile(path.join(folder, "a.txt"), "a");
  });
  after(async () => await rm(folder, { recursive: true }));

  async function run(...argv: string[]) {
    const lines: string[] = [];
    let stdout = "";
    const io = {
      log: (line: string) => lines.push(line),
      progress: () => {},
      write: async () => {},
      password: async () => {
        throw new Error("a password was asked for");
      },
      signal: new AbortController().signal,
    };
    const env = { HOLDFAST_HOME: path.join(folder, "data") };
    const code = await runCommandLine([...argv, "--json"], { commands, io, env, print: (text) => (stdout += text) });
    return { code, lines, answer: JSON.parse(stdout) as { error?: { code: string; message: string } } };
  }

  it("puts the CID of a listed file after the capability that `client share` makes, and after another's nothing", async () => {
    const listed = ownerOf(`0x${"22".repeat(32)}`);
    const other = ownerOf(`0x${"44".repeat(32)}`);
    const home = path.join(folder, "listed");
    await addToFileIndex(home, {
      ...{ name: "photos.tar", dealKey: `0x${"22".repeat(32)}`, capability: listed, size: 1, cid: "bafkrei" },
      ...{ slots: 5, threshold: 2, windows: 12, storedAt: "2026-01-01T00:00:00.000Z" },
    });
    const share = (file: string) => runHoldfast(["client", "share", file, "--as", "verify", "--home", home]);
    const [known, unknown] = [await share("photos.tar"), await share(other)];
    const lines = known.stdout.trim().split("\n");
    expect([lines.length, lines[2]], known.stderr).to.deep.equal([3, "The file's CID is bafkrei."]);
    expect(lines[0]).to.match(/^hf1verify1/);
    expect(unknown.stdout.trim().split("\n"), unknown.stderr).to.have.length(2);
  });

  const CASES: readonly (readonly [line: string, exit: number, code: string, sentence: RegExp])[] = [
    ["client cat movie --range 5-2", 2, "USAGE", /--range needs FROM-TO/],
    ["client cat movie --range x", 2, "USAGE", /--range needs FROM-TO/],
    ["client cat nothing", 1, "UNKNOWN_FILE", /client ls/],
    ["client share nothing --as friend", 2, "USAGE", /read, verify, repair, public/],
    ["client share nothing", 1, "UNKNOWN_FILE", /neither a capability nor the name/],
    ["client renew movie", 2, "USAGE", /--windows W/],
    ["client renew movie --windows many", 2, "USAGE", /whole number/],
    ["client renew nothing --windows 5", 1, "UNKNOWN_FILE", /client ls/],
    ["client rm nothing --yes", 1, "UNKNOWN_FILE", /client ls/],
    ["client stat hf1read1aaaa", 1, "CAPABILITY_CHECKSUM", /mistyped/],
    ["client history hf9read1aaaa", 1, "UNKNOWN_VERSION", /update Holdfast/],
    ["client put A --region Germany", 2, "USAGE", /two capital letters/],
    ["client put A --notice half,most", 2, "USAGE", /two per cents/],
    ["client put A --data ./alice", 2, "USAGE", /number of data shards.*got ".\/alice".*--home/],
    ["client put A --data-shards 3", 2, "USAGE", /no option --data-shards/],
    ["client get movie --data ./alice", 2, "USAGE", /no option --data; did you mean --home\?/],
    ["order post --data ./alice", 2, "USAGE", /--home/],
    ["client backup --data ./alice", 2, "USAGE", /--home/],
    ["gateway --budget 1 --data ./alice", 2, "USAGE", /--home/],
    ["client put A --budget 1,5", 1, "BAD_AMOUNT", /--budget needs whole tokens/],
    ["client put A --dry-run", 1, "SETTING_MISSING", /--rpc URL/],
    ["client get nothing --max-price -1", 2, "USAGE", /max-price/],
    ["client ls nothing", 1, "UNKNOWN_FILE", /client ls/],
    ["wallet withdraw some", 1, "BAD_AMOUNT", /whole tokens/],
    ["wallet withdraw all --to me", 1, "BAD_ADDRESS", /--to needs an address/],
    ["wallet withdraw", 2, "USAGE", /takes 1 argument/],
    ["wallet close", 1, "SETTING_MISSING", /--rpc URL/],
    ["gateway", 2, "USAGE", /needs --budget TOKENS/],
    ["gateway --budgets 1", 2, "USAGE", /did you mean --budget\?/],
    ["gateway --budget much", 1, "BAD_AMOUNT", /--budget needs whole tokens/],
    ["gateway --budget 1 --listen 9000", 2, "USAGE", /HOST:PORT/],
    ["gateway --budget 1 --listen 127.0.0.1:99999", 2, "USAGE", /HOST:PORT/],
    ["gateway --budget 1 --listen 0.0.0.0:9000", 1, "NOT_LOOPBACK", /this machine only/],
    ["gateway --budget 1 --min-part 5MB", 2, "USAGE", /whole number/],
    ["gateway --budget 1", 1, "SETTING_MISSING", /--rpc URL/],
    ["gateway --budget 1 --public --total 5", 1, "ONE_COPY", /keep at least 3/],
    ["gateway --budget 1 --windows 1", 1, "BAD_WINDOWS", /3 to/],
    ["gateway --budget 1 --data 3 --total 2", 1, "BAD_CODE", /3/],
    ["gateway --budget 1 --min-slots 9", 1, "BAD_MIN_SLOTS", /3 to 5 slots/],
    ["gateway key --remove", 2, "USAGE", /needs the NAME/],
    ["gateway key nobody --remove", 1, "NO_SUCH_KEY", /gateway key/],
    ["gateway key two words", 2, "USAGE", /0 to 1 argument/],
    ["gateway keys", 2, "USAGE", /takes 0 argument/],
  ];

  for (const [line, exit, code, sentence] of CASES) {
    it(`answers \`${line}\` with ${code}`, async () => {
      const { code: found, lines, answer } = await run(...line.replace("A", path.join(folder, "a.txt")).split(" "));
      expect(found).to.equal(exit);
      expect(answer.error?.code).to.equal(code);
      expect(answer.error?.message).to.match(sentence);
      expect(lines).to.deep.equal([`error: ${answer.error?.message} (${code})`]);
    });
  }
});
