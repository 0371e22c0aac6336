/** Solidity sources as the compiler parses them: the nodes of a file, each with its place in the text. */
import { createRequire } from "node:module";

/** A node of solc's AST. `from` and `to` are offsets in the file's bytes; other fields are the compiler's own. */
export interface SyntaxNode {
  readonly nodeType: string;
  readonly from: number;
  readonly to: number;
  readonly parent: SyntaxNode | undefined;
  readonly raw: Readonly<Record<string, unknown>>;
  readonly children: readonly SyntaxNode[];
}

type Raw = Record<string, unknown>;

interface Solc {
  compile(input: string): string;
}

/** The trees of the files, by name. Throws if one does not parse. */
export function parseSources(sources: Readonly<Record<string, string>>): Map<string, SyntaxNode> {
  const solc = createRequire(import.meta.url)("solc") as Solc;
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(Object.entries(sources).map(([name, content]) => [name, { content }])),
    settings: { stopAfter: "parsing", outputSelection: { "*": { "": ["ast"] } } },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input))) as {
    errors?: { severity: string; formattedMessage: string }[];
    sources: Record<string, { ast: Raw }>;
  };
  const errors = (output.errors ?? []).filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join("\n"));
  return new Map(Object.entries(output.sources).map(([name, { ast }]) => [name, toNode(ast, undefined)]));
}

/** The node and all below it, outer ones first. */
export function* walk(node: SyntaxNode): Generator<SyntaxNode> {
  yield node;
  for (const child of node.children) yield* walk(child);
}

/** The nearest node above that has one of the types. */
export function ancestor(node: SyntaxNode, ...types: readonly string[]): SyntaxNode | undefined {
  for (let at = node.parent; at !== undefined; at = at.parent) if (types.includes(at.nodeType)) return at;
  return undefined;
}

/** The child that stands in a field of the compiler's node. */
export function field(node: SyntaxNode, name: string): SyntaxNode | undefined {
  const raw = node.raw[name];
  return node.children.find((child) => child.raw === raw);
}

/** The children that stand in a field that is a list. */
export function list(node: SyntaxNode, name: string): SyntaxNode[] {
  const raws = node.raw[name] as readonly Raw[] | undefined;
  return (raws ?? []).flatMap((raw) => node.children.filter((child) => child.raw === raw));
}

/** Name of the function that a call calls, if it is called by a plain name. */
export function calleeName(call: SyntaxNode): string | undefined {
  const callee = field(call, "expression");
  return callee?.nodeType === "Identifier" ? (callee.raw.name as string) : undefined;
}

function toNode(raw: Raw, parent: SyntaxNode | undefined): SyntaxNode {
  const [start, length] = (raw.src as string).split(":").map(Number) as [number, number];
  const children: SyntaxNode[] = [];
  const node: SyntaxNode = {
    nodeType: raw.nodeType as string,
    from: start,
    to: start + length,
    parent,
    raw,
    children,
  };
  // Yul inside assembly has nodes of another kind, which nothing here asks about.
  if (node.nodeType === "InlineAssembly") return node;
  for (const value of Object.values(raw)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (isNode(item)) children.push(toNode(item, node));
    }
  }
  children.sort((a, b) => a.from - b.from);
  return node;
}

function isNode(value: unknown): value is Raw {
  return typeof value === "object" && value !== null && "nodeType" in value && "src" in value;
}
