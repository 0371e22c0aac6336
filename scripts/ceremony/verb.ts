/** What a step of the ceremony is, as the command line shows it. One verb per file. */
import type { OptionTable } from "../../node/application/cli/command.ts";
import { UsageError } from "../../node/application/cli/usage-error.ts";

export type Values = Readonly<Record<string, string | boolean | undefined>>;

/** `text` for people, `data` as one line of JSON with --json. */
export type Outcome = { readonly text: string; readonly data: Readonly<Record<string, unknown>> };

export type Verb = {
  readonly name: string;
  readonly summary: string;
  readonly example: string;
  /** Without --json and --help, which every verb has. */
  readonly options: OptionTable;
  run(values: Values): Promise<Outcome>;
};

/** Options that several verbs share. */
export const CIRCUIT_OPTIONS: OptionTable = {
  r1cs: { type: "string", placeholder: "FILE", description: "the compiled circuit, spacetime.r1cs or capacity.r1cs" },
  ptau: { type: "string", placeholder: "FILE", description: "powers of tau, one of the pinned public files" },
  "local-ptau": {
    type: "boolean",
    description: "take any powers of tau: for tests only, whoever made them can forge proofs",
  },
};

/** @throws UsageError if the option is missing or empty. */
export function required(values: Values, name: string): string {
  const value = values[name];
  if (typeof value === "string" && value.trim() !== "") return value;
  throw new UsageError(`--${name} is missing; see --help for an example.`, { option: name });
}
