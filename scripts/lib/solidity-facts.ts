/** What the compiler knows about the contracts without generating code: structs, enums, EIP-712 types, storage. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { HoldfastError } from "../../node/common/errors.ts";

export type Field = { readonly name: string; readonly type: string };
export type Struct = { readonly name: string; readonly fields: readonly Field[] };
export type Enum = { readonly name: string; readonly values: readonly string[] };
export type StorageSlot = {
  readonly slot: string;
  readonly offset: number;
  readonly label: string;
  readonly type: string;
};
/** A source file with what it declares, in its order. */
export type Source = { readonly file: string; readonly structs: readonly Struct[]; readonly enums: readonly Enum[] };

export type SolidityFacts = {
  readonly sources: readonly Source[];
  /** The string under each `..._TYPEHASH`, by the constant's name. */
  readonly typehashes: ReadonlyMap<string, string>;
  /** By contract; structs in storage follow their variable, one line a member. */
  readonly storage: ReadonlyMap<string, readonly StorageSlot[]>;
};

type Node = { readonly nodeType?: string; readonly name?: string } & Record<string, unknown>;
type LayoutType = { readonly label: string; readonly value?: string; readonly members?: readonly LayoutItem[] };
type LayoutItem = { readonly label: string; readonly slot: string; readonly offset: number; readonly type: string };
type Output = {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly sources: Readonly<Record<string, { readonly ast: Node }>>;
  readonly contracts: Readonly<Record<string, Readonly<Record<string, { readonly storageLayout: Layout }>>>>;
};
type Layout = { readonly storage: readonly LayoutItem[]; readonly types: Readonly<Record<string, LayoutType>> | null };

/**
 * @param root Folder of `contracts/` and `node_modules/`.
 * @param contracts Whose storage is wanted, e.g. "Vault".
 * @throws HoldfastError SOLIDITY_INVALID with the compiler's own words.
 */
export function readSolidity(root: string, contracts: readonly string[]): SolidityFacts {
  const files = readdirSync(path.join(root, "contracts"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".sol") && !name.startsWith("mocks"))
    .map((name) => `contracts/${name}`)
    .sort();
  const output = analyse(root, files);
  const own = files.map((file) => ({ file, ast: output.sources[file]!.ast }));
  return {
    sources: own.map(({ file, ast }) => ({ file, structs: structsOf(ast), enums: enumsOf(ast) })),
    typehashes: new Map(own.flatMap(({ ast }) => typehashesOf(ast))),
    storage: new Map(contracts.map((name) => [name, storageOf(output, name)])),
  };
}

function analyse(root: string, files: readonly string[]): Output {
  const solc = createRequire(import.meta.url)("solc") as {
    compile(input: string, callbacks: { import(path: string): { contents: string } | { error: string } }): string;
  };
  const load = (name: string) => {
    const file = [name, path.join("node_modules", name)].map((p) => path.join(root, p)).find((p) => existsSync(p));
    return file === undefined ? { error: "not found" } : { contents: readFileSync(file, "utf8") };
  };
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(files.map((file) => [file, { content: readFileSync(path.join(root, file), "utf8") }])),
    settings: { evmVersion: "prague", outputSelection: { "*": { "": ["ast"], "*": ["storageLayout"] } } },
  };
  const output: Output = JSON.parse(solc.compile(JSON.stringify(input), { import: load }));
  const error = output.errors?.find(({ severity }) => severity === "error");
  if (error !== undefined) throw new HoldfastError("SOLIDITY_INVALID", error.formattedMessage);
  return output;
}

function structsOf(ast: Node): Struct[] {
  return found(ast, "StructDefinition").map(({ name, members }) => ({
    name: name!,
    fields: (members as Node[]).map((member) => ({ name: member.name!, type: typeOf(member) })),
  }));
}

function enumsOf(ast: Node): Enum[] {
  return found(ast, "EnumDefinition").map(({ name, members }) => ({
    name: name!,
    values: (members as Node[]).map((member) => member.name!),
  }));
}

function typehashesOf(ast: Node): [string, string][] {
  return found(ast, "VariableDeclaration")
    .filter(({ name }) => name!.endsWith("_TYPEHASH"))
    .map(({ name, value }) => {
      const [literal] = (value as { arguments: [{ value: string }] }).arguments;
      return [name!, literal.value];
    });
}

function typeOf(member: Node): string {
  const { typeString } = member.typeDescriptions as { typeString: string };
  return typeString.replace(/\b(struct|enum|contract) /g, "");
}

function found(node: unknown, nodeType: string): Node[] {
  if (Array.isArray(node)) return node.flatMap((item) => found(item, nodeType));
  if (node === null || typeof node !== "object") return [];
  const self = node as Node;
  return [
    ...(self.nodeType === nodeType ? [self] : []),
    ...Object.values(self).flatMap((item) => found(item, nodeType)),
  ];
}

function storageOf(output: Output, name: string): StorageSlot[] {
  const file = Object.keys(output.contracts).find(
    (file) => file.startsWith("contracts/") && name in output.contracts[file]!,
  );
  if (file === undefined) throw new HoldfastError("SOLIDITY_INVALID", `There is no contract ${name}.`);
  const { storage, types } = output.contracts[file]![name]!.storageLayout;
  const seen = new Set<string>();
  const lines = (items: readonly LayoutItem[], prefix: string): StorageSlot[] =>
    items.flatMap(({ label, slot, offset, type }) => {
      const own = {
        slot: prefix + slot,
        offset,
        label,
        type: types![type]!.label.replace(/\b(struct|enum|contract) /g, ""),
      };
      return [own, ...membersOf(type)];
    });
  // A struct at the end of a mapping: its members, relative to wherever the mapping puts it.
  const membersOf = (type: string): StorageSlot[] => {
    let inner = types![type]!;
    let id = type;
    while (inner.value !== undefined) {
      id = inner.value;
      inner = types![id]!;
    }
    if (inner.members === undefined || seen.has(id)) return [];
    seen.add(id);
    const struct = inner.label.replace(/^struct /, "");
    return lines(inner.members, "+").map((line) => ({
      ...line,
      label: line.label.includes(".") ? line.label : `${struct}.${line.label}`,
    }));
  };
  return lines(storage, "");
}
