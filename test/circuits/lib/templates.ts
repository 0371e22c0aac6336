/** Every template of circuits/ in small instances, with inputs that satisfy it and reach both sides of its conditions. */
import { CAPACITY_TAG } from "../../../node/data/capacity-challenge.ts";
import { DIGEST_TAG } from "../../../node/data/digest.ts";
import { statementOf } from "./circuit.ts";
import { labelStatement } from "./labels.ts";
import { value } from "./tree.ts";

export type Instance = {
  readonly template: string;
  /** What follows the pragma of a main file. */
  readonly source: string;
  readonly inputs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};

const SOME = (count: number, name: string) => Array.from({ length: count }, (_, i) => value(`${name} ${i}`));
const main = (file: string, instance: string, inputs = "") =>
  `include "${file}";\ncomponent main ${inputs === "" ? "" : `{public [${inputs}]} `}= ${instance};\n`;

export function instances(): Instance[] {
  return [
    {
      template: "Horner",
      source: main("lib/horner.circom", "Horner(3)"),
      inputs: { "any values": { values: SOME(3, "values"), r: value("r") } },
    },
    {
      template: "Digest",
      source: main("lib/digest.circom", "Digest(17, 5)"), // one value into its second step
      inputs: { "any values": { values: SOME(17, "values") } },
    },
    {
      template: "Level",
      source: main("lib/level.circom", "Level()"),
      inputs: {
        active: { ...level(5), active: 1n },
        inactive: { ...level(5), current: value("elsewhere"), active: 0n },
      },
    },
    {
      template: "Opening",
      source: main("lib/opening.circom", "Opening(2)"),
      inputs: {
        "at full depth": openingInput(0o52, 2),
        "in a lower tree": openingInput(6, 1),
      },
    },
    {
      template: "SpacetimeProof",
      source: main("spacetime.circom", `SpacetimeProof(2, 2, ${DIGEST_TAG})`, "r"),
      inputs: {
        "trees of both depths": statementOf(
          [
            [0o17, 2],
            [3, 1],
          ],
          2,
          value("r"),
        ).input,
      },
    },
    {
      template: "Label",
      source: main("lib/label.circom", "Label(2)"),
      inputs: {
        "at full depth": labelInput(2),
        "in a lower tree": labelInput(1),
      },
    },
    {
      template: "CapacityProof",
      source: main("capacity.circom", `CapacityProof(2, 1, ${CAPACITY_TAG})`, "r"),
      inputs: { "two sectors": labelStatement([1, 1], 1, value("r")).input },
    },
  ];
}

function level(digit: number) {
  const children = SOME(8, "children");
  return { current: children[digit]!, digit: [0, 1, 2].map((bit) => (digit >> bit) & 1), children };
}

function labelInput(depth: number) {
  const { id, leaf, index, active, children } = labelStatement([depth], 2, 0n).input;
  return { id: id[0], leaf: leaf[0], index: index[0], active: active[0], children: children[0] };
}

function openingInput(index: number, depth: number) {
  const { leaf, active, children } = statementOf([[index, depth]], 2, 0n).input;
  return { leaf: leaf[0], index, active: active[0], children: children[0] };
}
