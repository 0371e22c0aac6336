import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import type { Args, Command } from "../../../node/application/cli/command.ts";
import { commands as realCommands } from "../../../node/application/cli/commands.ts";
import { runCommandLine } from "../../../node/application/cli/frame.ts";
import { HoldfastError } from "../../../node/common/errors.ts";

let received: Args | undefined;
const store: Command = {
  name: "vault store",
  summary: "Store a thing.",
  usage: "PATH [--windows N]",
  example: "holdfast vault store thing",
  options: { windows: { type: "string", placeholder: "N", description: "how long" } },
  positionals: [1, 1],
  async run(args) {
    received = args;
    return { text: "stored", data: { amount: 2n ** 100n } };
  },
};
const fail: Command = {
  name: "fail",
  summary: "Fail.",
  usage: "",
  example: "holdfast fail",
  options: { how: { type: "string", description: "how" } },
  async run({ values }) {
    if (values.how === "known") throw new HoldfastError("TOO_BAD", "It is too bad; do better.", { details: { n: 7n } });
    throw new TypeError("undefined is not a function\nat some line");
  },
};

async function run(argv: readonly string[], env: Record<string, string> = {}) {
  let stdout = "";
  let stderr = "";
  const code = await runCommandLine(argv, {
    commands: [store, fail],
    env: { HOLDFAST_HOME: "/nonexistent", ...env },
    print: (text) => {
      stdout += text;
    },
    io: {
      write: async () => {},
      log: (line) => {
        stderr += `${line}\n`;
      },
      progress: () => undefined,
      password: () => Promise.reject(new Error("nobody to ask")),
      signal: new AbortController().signal,
    },
  });
  return { code, stdout, stderr };
}

describe("the command line's frame", () => {
  it("prints a result as text, or as one line of JSON with bigints as decimals", async () => {
    expect(await run(["vault", "store", "x"])).to.deep.equal({ code: 0, stdout: "stored\n", stderr: "" });
    const json = await run(["vault", "store", "x", "--json"]);
    expect(json).to.deep.equal({ code: 0, stdout: `{"amount":"${2n ** 100n}"}\n`, stderr: "" });
  });

  it("turns a HoldfastError into one sentence with its code and exit code 1", async () => {
    const { code, stdout, stderr } = await run(["fail", "--how", "known"]);
    expect([code, stdout, stderr]).to.deep.equal([1, "", "error: It is too bad; do better. (TOO_BAD)\n"]);
    const json = await run(["fail", "--how", "known", "--json"]);
    expect(JSON.parse(json.stdout)).to.deep.equal({
      error: { code: "TOO_BAD", message: "It is too bad; do better.", details: { n: "7" } },
    });
    expect(json.code).to.equal(1);
  });

  it("turns an unexpected error into one sentence too, and shows the stack only when asked", async () => {
    const { code, stderr } = await run(["fail"]);
    expect(code).to.equal(1);
    expect(stderr).to.match(/^error: [^\n]*undefined is not a function[^\n]* \(UNEXPECTED\)\n$/);
    expect((await run(["fail"], { HOLDFAST_DEBUG: "1" })).stderr).to.include("frame.test.ts");
  });

  it("names the nearest command and the nearest option, with exit code 2", async () => {
    const cases: [string[], string][] = [
      [["valt", "store", "x"], "`holdfast vault store`"],
      [["vault", "stor"], "`holdfast vault store`"],
      [["vault", "store", "x", "--window", "3"], "--windows"],
      [["vault", "store", "x", "--password", "secret"], "--password-file"],
      [["vault", "store", "x", "--data", "./alice"], "--home"],
      [["vault", "store", "x", "--data=./alice"], "--home"],
      [["fial"], "`holdfast fail`"],
    ];
    for (const [argv, guess] of cases) {
      const { code, stderr } = await run(argv);
      expect(code, argv.join(" ")).to.equal(2);
      expect(stderr).to.include(guess);
      expect(stderr.trim().split("\n")).to.have.length(1);
      expect(stderr).not.to.include("secret");
    }
    expect((await run(["xyzzy"])).stderr).to.include("holdfast --help");
  });

  it("refuses missing and surplus arguments and options without their value", async () => {
    for (const argv of [
      ["vault", "store"],
      ["vault", "store", "x", "y"],
      ["vault", "store", "x", "--windows"],
    ]) {
      expect((await run(argv)).code, argv.join(" ")).to.equal(2);
    }
  });

  it("lists all commands, or one group, or helps with one", async () => {
    for (const argv of [[], ["--help"], ["-h"]]) {
      const { code, stdout } = await run(argv);
      expect(code).to.equal(0);
      expect(stdout).to.include("vault store").and.to.include("--password-file");
    }
    const group = (await run(["vault", "--help"])).stdout;
    expect(group).to.include("vault store").and.not.to.include("Fail.");
    const one = (await run(["vault", "store", "--help"])).stdout;
    expect(one).to.include("--windows N").and.to.include("holdfast vault store thing");
  });

  it("takes settings from the command line, then the environment, then the data folder", async () => {
    const home = await mkdtemp(path.join(tmpdir(), "holdfast-settings-"));
    const [a, b, c] = ["11", "22", "33"].map((byte) => `0x${byte.repeat(20)}`) as [string, string, string];
    try {
      await writeFile(path.join(home, "config.json"), JSON.stringify({ rpcUrl: "http://c", market: c, chainId: 5 }));
      const env = { HOLDFAST_MARKET: b, HOLDFAST_HOME: home };
      await run(["vault", "store", "x", "--market", a], env);
      expect(received?.settings).to.deep.include({ market: a, rpcUrl: "http://c", chainId: 5, home });
      await run(["vault", "store", "x"], env);
      expect(received?.settings.market).to.equal(b);
      await run(["vault", "store", "x", "--home", home], { HOLDFAST_RPC: "http://e" });
      expect(received?.settings).to.deep.include({ market: c, rpcUrl: "http://e" });
      await writeFile(path.join(home, "config.json"), "{");
      expect((await run(["vault", "store", "x", "--home", home])).stderr).to.include("BAD_CONFIG");
    } finally {
      await rm(home, { recursive: true });
    }
    expect((await run(["vault", "store", "x", "--market", "0x12"])).stderr).to.include("BAD_ADDRESS");
  });

  it("every real command has a summary and an example that begins with its own name", () => {
    expect(realCommands.length).to.be.greaterThan(3);
    for (const { name, summary, example } of realCommands) {
      expect(example, name).to.include(`holdfast ${name}`);
      expect(summary, name).to.match(/\.$/);
    }
    expect(new Set(realCommands.map(({ name }) => name)).size).to.equal(realCommands.length);
  });
});
