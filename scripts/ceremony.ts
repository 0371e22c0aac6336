/** The ceremony that makes a production key: `npm run ceremony -- VERB --help`. circuits/README.md has the whole way. */
import { parseArgs } from "node:util";
import { nearest, UsageError } from "../node/application/cli/usage-error.ts";
import { HoldfastError } from "../node/common/errors.ts";
import { beacon } from "./ceremony/beacon.ts";
import { contribute } from "./ceremony/contribute.ts";
import { exportKey } from "./ceremony/export.ts";
import { allHelp, COMMON_OPTIONS, verbHelp } from "./ceremony/help.ts";
import { init } from "./ceremony/init.ts";
import type { Outcome, Verb } from "./ceremony/verb.ts";
import { verify } from "./ceremony/verify.ts";

const VERBS: readonly Verb[] = [init, contribute, beacon, verify, exportKey];

async function run([name, ...rest]: readonly string[]): Promise<Outcome> {
  if (name === undefined || name.startsWith("-")) return { text: allHelp(VERBS), data: { help: allHelp(VERBS) } };
  const verb = VERBS.find((candidate) => candidate.name === name);
  if (verb === undefined) {
    const names = VERBS.map((candidate) => candidate.name);
    const guess = nearest(name, names);
    const advice = guess === undefined ? `choose from ${names.join(", ")}` : `did you mean "${guess}"?`;
    throw new UsageError(`There is no verb "${name}"; ${advice}`);
  }
  const values = parse(verb, rest);
  if (values.help === true) return { text: verbHelp(verb), data: { help: verbHelp(verb) } };
  return verb.run(values);
}

function parse({ options }: Verb, rest: readonly string[]): Record<string, string | boolean | undefined> {
  try {
    return parseArgs({ args: [...rest], options: { ...options, ...COMMON_OPTIONS }, strict: true }).values as Record<
      string,
      string | boolean | undefined
    >;
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split(/[.\n]/)[0]}; see --help.`);
  }
}

const argv = process.argv.slice(2);
const json = argv.includes("--json");
let [output, status] = ["", 0];
try {
  const { text, data } = await run(argv);
  output = json ? JSON.stringify(data) : text;
} catch (error) {
  if (!(error instanceof HoldfastError)) throw error;
  const { code, message, details } = error;
  if (json) output = JSON.stringify({ error: { code, message, details } });
  console.error(`error: ${message} (${code})`);
  status = error instanceof UsageError ? 2 : 1;
}
// snarkjs keeps threads of its own alive; leave once a pipe has taken everything.
process.stdout.write(output === "" ? "" : `${output}\n`, () => process.exit(status));
