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
  /** What stands there, and what the mutant has instead. */
  readonly original: string;
  readonly mutated: string;
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

/** Every mutation that the file offers, in the order of its text; some places offer several. */
export function mutationsOf(file: string, source: string, tree: SyntaxNode): Mutation[] {
  const bytes = Buffer.from(source, "utf8");
  const text = ({ from, to }: { from: number; to: number }) => bytes.toString("utf8", from, to);
  const found: Mutation[] = [];
  const add = (
    kind: Kind,
    node: { from: number; to: number },
    mutated: string,
    wrap: (on: string) => Omit<Wrap, "from" | "to">,
  ) => {
    const { from, to } = node;
    found.push({
      kind,
      file,
      line: lineAt(source, from),
      original: oneLine(text(node)),
      mutated: oneLine(mutated),
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
        add("dropped effect", whole, "nothing", (on) => ({ before: `if (!${on}) { `, after: " }" }));
        const other = ASSIGNMENTS[expression.raw.operator as string];
        if (expression.nodeType !== "Assignment" || other === undefined) break;
        const [left, right] = [field(expression, "leftHandSide")!, field(expression, "rightHandSide")!];
        const mutated = `${text(left)} ${other} ${text(right)};`;
        add("operator", whole, mutated, (on) => ({ before: `if (${on}) { ${mutated} } else { `, after: " }" }));
        break;
      }
      case "Block":
      case "UncheckedBlock": {
        const statements = list(node, "statements");
        for (let i = 0; i + 1 < statements.length; i++) {
          const [first, second] = [statements[i]!, statements[i + 1]!];
          if (!isEffect(first) || !isEffect(second) || !related(first, second)) continue;
          const pair = { from: first.from, to: withSemicolon(bytes, second.to) };
          const swapped = `${text(second)}; ${text(first)};`;
          add("order of effects", pair, swapped, (on) => ({
            before: `if (${on}) { ${swapped} } else { `,
            after: " }",
          }));
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

/** A statement that changes something and checks nothing. */
function isEffect(node: SyntaxNode): boolean {
  if (node.nodeType !== "ExpressionStatement") return false;
  const expression = field(node, "expression")!;
  if (expression.nodeType === "Assignment") return field(expression, "leftHandSide")!.nodeType !== "TupleExpression";
  return expression.nodeType === "FunctionCall" && !NOT_EFFECTS.has(calleeName(expression) ?? "");
}

/** Two statements that share a name may depend on their order. */
function related(a: SyntaxNode, b: SyntaxNode): boolean {
  const names = (node: SyntaxNode) =>
    new Set([...walk(node)].flatMap(({ nodeType, raw }) => (nodeType === "Identifier" ? [raw.name as string] : [])));
  const [left, right] = [names(a), names(b)];
  return [...left].some((name) => right.has(name) && !/^[A-Z]/.test(name) && name !== "msg");
}

function withSemicolon(bytes: Buffer, to: number): number {
  return bytes[to] === 59 ? to + 1 : to;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}
