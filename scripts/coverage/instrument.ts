/** Which statements and which sides of conditions there are in a file, and a source that says when it comes to them. */
import path from "node:path";
import { applyWraps, lineAt, type Wrap } from "../instrument/edit.ts";
import { calleeName, field, list, type SyntaxNode, walk } from "../instrument/syntax.ts";

export interface Probe {
  /** What the running contract sends. */
  readonly tag: number;
  readonly file: string;
  readonly line: number;
  /** The statement, or the condition. */
  readonly text: string;
  /** Undefined for a statement; which way a condition went. */
  readonly side: boolean | undefined;
}

export const PROBE_FILE = "contracts/CoverageProbe.sol";

/** The address is Hardhat's: its chain collects what is sent there when it runs with `--coverage`. */
export const PROBE_SOURCE = `// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

library CoverageProbe {
    function hit(uint256 tag) internal pure {
        _pure(_send)(tag);
    }

    function went(bool side, uint256 tag) internal pure returns (bool) {
        _pure(_send)(side ? tag : tag + 1);
        return side;
    }

    function _send(uint256 tag) private view {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, tag)
            pop(staticcall(gas(), 0xc0bEc0BEc0BeC0bEC0beC0bEC0bEC0beC0beC0BE, free, 32, 0, 0))
        }
    }

    function _pure(function(uint256) internal view f) private pure returns (function(uint256) internal pure g) {
        assembly ("memory-safe") {
            g := f
        }
    }
}
`;

const NOT_STATEMENTS = new Set(["Block", "UncheckedBlock", "PlaceholderStatement"]);

/** @param firstTag Tags go up from here: one for a statement, two for a condition. */
export function instrument(
  file: string,
  source: string,
  tree: SyntaxNode,
  firstTag: number,
): { source: string; probes: Probe[] } {
  const probes: Probe[] = [];
  const wraps: Wrap[] = [];
  let tag = firstTag;
  const textOf = ({ from, to }: SyntaxNode) => Buffer.from(source, "utf8").toString("utf8", from, to);
  const add = (node: SyntaxNode, side: boolean | undefined) => {
    probes.push({ tag, file, line: lineAt(source, node.from), text: textOf(node), side });
    return tag++;
  };

  for (const node of walk(tree)) {
    for (const { statement, bare } of statementsOf(node)) {
      const { from } = statement;
      const to = endOf(source, statement);
      const hit = `CoverageProbe.hit(${add(statement, undefined)});`;
      wraps.push({ from, to, before: bare ? `{ ${hit} ` : `${hit} `, after: bare ? " }" : "" });
    }
    for (const condition of conditionsOf(node)) {
      const first = add(condition, true);
      add(condition, false);
      wraps.push({ ...condition, before: "CoverageProbe.went(", after: `, ${first})` });
    }
  }
  if (probes.length === 0) return { source, probes };
  const library = path.posix.relative(path.posix.dirname(file), PROBE_FILE);
  const name = library.startsWith(".") ? library : `./${library}`;
  return { source: `${applyWraps(source, wraps)}\nimport {CoverageProbe} from "${name}";\n`, probes };
}

/** `bare` statements have no braces around them yet. */
function statementsOf(node: SyntaxNode): { statement: SyntaxNode; bare: boolean }[] {
  if (node.nodeType === "Block" || node.nodeType === "UncheckedBlock") {
    return list(node, "statements")
      .filter(({ nodeType }) => !NOT_STATEMENTS.has(nodeType))
      .map((statement) => ({ statement, bare: false }));
  }
  const bodies = ["trueBody", "falseBody", "body"].flatMap((name) => {
    const body = field(node, name);
    return body === undefined || NOT_STATEMENTS.has(body.nodeType) || body.nodeType.endsWith("Definition")
      ? []
      : [body];
  });
  return ["IfStatement", "ForStatement", "WhileStatement"].includes(node.nodeType)
    ? bodies.map((statement) => ({ statement, bare: true }))
    : [];
}

function conditionsOf(node: SyntaxNode): SyntaxNode[] {
  const one = (name: string) => [field(node, name)].filter((child) => child !== undefined);
  switch (node.nodeType) {
    case "IfStatement":
    case "Conditional":
    case "WhileStatement":
    case "ForStatement":
      return one("condition").filter(isPlain);
    case "BinaryOperation":
      return ["&&", "||"].includes(node.raw.operator as string)
        ? [...one("leftExpression"), ...one("rightExpression")].filter(isPlain)
        : [];
    case "FunctionCall":
      return calleeName(node) === "require" ? list(node, "arguments").slice(0, 1).filter(isPlain) : [];
    default:
      return [];
  }
}

/** A condition made of conditions is counted by its parts, and `true` goes one way only. */
function isPlain(node: SyntaxNode): boolean {
  if (node.nodeType === "Literal") return false;
  if (node.nodeType === "TupleExpression") return list(node, "components").every(isPlain);
  return !(node.nodeType === "BinaryOperation" && ["&&", "||"].includes(node.raw.operator as string));
}

/** A simple statement's place ends before its semicolon. */
function endOf(source: string, { to }: SyntaxNode): number {
  return Buffer.from(source, "utf8")[to] === 59 ? to + 1 : to;
}
