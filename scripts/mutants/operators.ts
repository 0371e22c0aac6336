/** The mistakes that a mutant may have, as places in a parsed file and the wraps that switch each of them on. */
import type { Wrap } from "../instrument/edit.ts";
import { lineAt } from "../instrument/edit.ts";
import { ancestor, calleeName, field, list, type SyntaxNode, walk } from "../instrument/syntax.ts";

export const kinds = [
  "operator",
  "bound",
  "dropped check",
  "forced branch",
  "dropped effect",
  "order of effects",
] as const;
export type Kind = (typeof kinds)[number];

/** One mistake in one place. */
export interface Mutation {
  readonly kind: Kind;
  readonly file: string;
  readonly line: number;
  /** Name of the function or modifier around it. */
  readonly within: string;
  /** What stands there, and what the mutant has instead. */
  readonly original: string;
  readonly mutated: string;
  /** From 1, of those in the file that are alike in all this. */
  readonly nth: number;
  /** The wrap that asks `on` whether this mutant is wanted. */
  readonly wrap: (on: string) => Wrap;
}

const OPERATORS: Readonly<Record<string, string>> = {
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
  "%": "/",
  "<<": ">>",
  ">>": "<<",
  "&": "|",
  "|": "&",
  "==": "!=",
  "!=": "==",
  "&&": "||",
  "||": "&&",
};
const BOUNDS: Readonly<Record<string, string>> = { "<": "<=", "<=": "<", ">": ">=", ">=": ">" };
const ASSIGNMENTS: Readonly<Record<string, string>> = {
  "+=": "-=",
  "-=": "+=",
  "*=": "/=",
  "|=": "&=",
  "<<=": ">>=",
  ">>=": "<<=",
};
const NOT_EFFECTS = new Set(["require", "revert", "assert"]);

/** Names of functions that change nothing, neither storage nor what they are given: a call that stands alone is a check. */
export function checksOf(trees: Iterable<SyntaxNode>): Set<string> {
  const functions = [...trees]
    .flatMap((tree) => [...walk(tree)])
    .filter((node) => node.nodeType === "FunctionDefinition");
  const found = new Set(functions.map(({ raw }) => raw.name as string));
  for (const node of functions) {
    const given = list(field(node, "parameters")!, "parameters");
    const changeable = given.some(({ raw, children }) => raw.storageLocation === "memory" && !children.some(isText));
    const reads = ["view", "pure"].includes(node.raw.stateMutability as string);
    if (!reads || changeable) found.delete(node.raw.name as string);
  }
  return found;
}

function isText({ nodeType, raw }: SyntaxNode): boolean {
  return nodeType === "ElementaryTypeName" && raw.name === "string";
}

/**
 * Every mutation that the file offers, in the order of its text; some places offer several.
 * @param checks `checksOf` all files.
 */
export function mutationsOf(file: string, source: string, tree: SyntaxNode, checks: ReadonlySet<string>): Mutation[] {
  const bytes = Buffer.from(source, "utf8");
  const text = ({ from, to }: { from: number; to: number }) => bytes.toString("utf8", from, to);
  const found: Mutation[] = [];
  const alike = new Map<string, number>();
  const add = (
    kind: Kind,
    at: SyntaxNode,
    replacement: string,
    wrap: (on: string) => Omit<Wrap, "from" | "to">,
    { from, to }: { from: number; to: number } = at,
  ) => {
    const [within, original, mutated] = [nameAround(at), oneLine(text({ from, to })), oneLine(replacement)];
    const same = [kind, within, original, mutated].join("\n");
    const nth = (alike.get(same) ?? 0) + 1;
    alike.set(same, nth);
    found.push({
      ...{ kind, file, line: lineAt(source, from), within, original, mutated, nth },
      wrap: (on) => ({ from, to, ...wrap(on) }),
    });
  };
  /** An expression that is another one in the mutant. */
  const replace = (kind: Kind, node: SyntaxNode, mutated: string) =>
    add(kind, node, mutated, (on) => ({ before: `(${on} ? (${mutated}) : (`, after: "))" }));

  for (const node of walk(tree)) {
    if (!runs(node)) continue;
    switch (node.nodeType) {
      case "BinaryOperation": {
        const operator = node.raw.operator as string;
        const other = OPERATORS[operator] ?? BOUNDS[operator];
        if (other === undefined) break;
        const [left, right] = [field(node, "leftExpression")!, field(node, "rightExpression")!];
        replace(operator in BOUNDS ? "bound" : "operator", node, `${text(left)} ${other} ${text(right)}`);
        break;
      }
      case "UnaryOperation":
        if (node.raw.operator === "!") replace("operator", node, text(field(node, "subExpression")!));
        break;
      case "Literal":
        if (isBound(node)) replace("bound", node, `${text(node)} + 1`);
        break;
      case "FunctionCall": {
        if (calleeName(node) !== "require") break;
        const condition = list(node, "arguments")[0]!;
        add("dropped check", condition, "true", (on) => ({ before: `${on} || (`, after: ")" }));
        break;
      }
      case "IfStatement": {
        const condition = field(node, "condition")!;
        add("forced branch", condition, "true", (on) => ({ before: `${on} || (`, after: ")" }));
        add("forced branch", condition, "false", (on) => ({ before: `!${on} && (`, after: ")" }));
        break;
      }
      case "ExpressionStatement": {
        const whole = { from: node.from, to: withSemicolon(bytes, node.to) };
        const expression = field(node, "expression")!;
        const parent = node.parent!.nodeType;
        if (parent === "ForStatement" || !isEffect(node)) break;
        const kind = isCheck(node, checks) ? "dropped check" : "dropped effect";
        add(kind, node, "nothing", (on) => ({ before: `if (!${on}) { `, after: " }" }), whole);
        const other = ASSIGNMENTS[expression.raw.operator as string];
        if (expression.nodeType !== "Assignment" || other === undefined) break;
        const [left, right] = [field(expression, "leftHandSide")!, field(expression, "rightHandSide")!];
        const mutated = `${text(left)} ${other} ${text(right)};`;
        add("operator", node, mutated, (on) => ({ before: `if (${on}) { ${mutated} } else { `, after: " }" }), whole);
        break;
      }
      case "Block":
      case "UncheckedBlock": {
        const statements = list(node, "statements");
        for (let i = 0; i + 1 < statements.length; i++) {
          const [first, second] = [statements[i]!, statements[i + 1]!];
          if (![first, second].every((node) => isEffect(node) && !isCheck(node, checks))) continue;
          if (!related(first, second, text)) continue;
          const pair = { from: first.from, to: withSemicolon(bytes, second.to) };
          const swapped = `${text(second)}; ${text(first)};`;
          const wrap = (on: string) => ({ before: `if (${on}) { ${swapped} } else { `, after: " }" });
          add("order of effects", first, swapped, wrap, pair);
        }
        break;
      }
    }
  }
  return found;
}

/** Whether it is code of a function: constants and declarations cannot ask which mutant is wanted. */
function runs(node: SyntaxNode): boolean {
  const inside = ancestor(node, "FunctionDefinition", "ModifierDefinition");
  return inside !== undefined && ancestor(node, "InlineAssembly") === undefined;
}

function nameAround(node: SyntaxNode): string {
  const { raw } = ancestor(node, "FunctionDefinition", "ModifierDefinition")!;
  return (raw.name as string) || (raw.kind as string);
}

/** A number that bounds or scales something; not one that only gives a type its width. */
function isBound(node: SyntaxNode): boolean {
  const parent = node.parent!;
  if (node.raw.kind !== "number" || node.raw.subdenomination) return false;
  if (/^0x/.test(node.raw.value as string)) return false;
  if (parent.nodeType !== "BinaryOperation")
    return parent.nodeType === "FunctionCall" && parent.raw.kind !== "typeConversion";
  if (["<<", ">>", "**"].includes(parent.raw.operator as string)) return false;
  return parent.children.some(({ nodeType }) => nodeType !== "Literal");
}

/** A call of a function that can only refuse. */
function isCheck(node: SyntaxNode, checks: ReadonlySet<string>): boolean {
  const callee = field(field(node, "expression")!, "expression");
  const name = (callee?.raw.memberName ?? callee?.raw.name) as string | undefined;
  return name !== undefined && checks.has(name);
}

/** A statement that is not a bare `require` or `revert`, and whose place in the order means something. */
function isEffect(node: SyntaxNode): boolean {
  if (node.nodeType !== "ExpressionStatement") return false;
  const expression = field(node, "expression")!;
  if (expression.nodeType === "Assignment") return field(expression, "leftHandSide")!.nodeType !== "TupleExpression";
  return expression.nodeType === "FunctionCall" && !NOT_EFFECTS.has(calleeName(expression) ?? "");
}

/** Whether their order may matter: a call may change anything, an assignment only what it names. */
function related(a: SyntaxNode, b: SyntaxNode, text: (node: SyntaxNode) => string): boolean {
  const names = (node: SyntaxNode) =>
    new Set([...walk(node)].flatMap(({ nodeType, raw }) => (nodeType === "Identifier" ? [raw.name as string] : [])));
  const [left, right] = [names(a), names(b)];
  if (![...left].some((name) => right.has(name) && !/^[A-Z]/.test(name) && name !== "msg")) return false;
  const changed = (node: SyntaxNode) => {
    const target = field(field(node, "expression")!, "leftHandSide");
    return target === undefined ? undefined : text(target);
  };
  const [first, second] = [changed(a), changed(b)];
  if (first === undefined || second === undefined) return true;
  return mentions(text(b), first) || mentions(text(a), second);
}

/** Whether the words of `part` stand in the text as they are, with no more of a name before or behind them. */
function mentions(text: string, part: string): boolean {
  const at = new RegExp(`(?<![\\w.])${part.replace(/[^\w\s]/g, "\\$&")}(?!\\w)`);
  return at.test(text);
}

function withSemicolon(bytes: Buffer, to: number): number {
  return bytes[to] === 59 ? to + 1 : to;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}
