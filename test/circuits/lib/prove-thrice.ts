// Proves the same openings three times and prints what became of each: "done", or the error's code. Run as a process of its own.

import { HoldfastError } from "../../../node/common/errors.ts";
import { readProverFolder } from "../../../node/consensus/prover/folder.ts";
import { createProver } from "../../../node/consensus/prover/prover.ts";
import { folderOf, statementOf } from "./circuit.ts";

const files = readProverFolder(folderOf("test"));
const { input } = statementOf(
  [
    [777, 5],
    [63, 2],
  ],
  files.D,
  31337n,
);
const prover = await createProver(files);
const became: string[] = [];
for (let i = 0; i < 3; i++) {
  became.push(
    await prover.prove(input).then(
      () => "done",
      (error: unknown) => (error instanceof HoldfastError ? error.code : String(error)),
    ),
  );
}
console.log(JSON.stringify(became));
await prover.close();
