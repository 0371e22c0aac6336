// The little XML that S3 speaks: written from nested values, read without anything that could expand, include or recurse.

import { S3Error } from "./s3-error.ts";

/** Text, or elements by name; a list repeats its element, undefined leaves it out. */
export type XmlValue = string | number | boolean | XmlElements;
export interface XmlElements {
  readonly [name: string]: XmlValue | readonly XmlValue[] | undefined;
}

const NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

/** A whole document. */
export function writeXml(root: string, elements: XmlElements, { namespace = true } = {}): string {
  const space = namespace ? ` xmlns="${NAMESPACE}"` : "";
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${space}>${inner(elements)}</${root}>`;
}

function inner(value: XmlValue): string {
  if (typeof value !== "object") return escapeText(String(value));
  return Object.entries(value)
    .flatMap(([name, content]) => {
      if (content === undefined) return [];
      const all = Array.isArray(content) ? (content as readonly XmlValue[]) : [content as XmlValue];
      return all.map((one) => `<${name}>${inner(one)}</${name}>`);
    })
    .join("");
}

function escapeText(text: string): string {
  const named: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  // Control characters have no place in XML; S3 writes their numbers all the same, and clients read them.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
  return text.replace(/[&<>"\x00-\x1f\x7f\ufffe\uffff]/g, (c) => named[c] ?? `&#x${c.charCodeAt(0).toString(16)};`);
}

export interface XmlNode {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlNode[];
}

const MAX_DEPTH = 8;
const ENTITIES = new Map(Object.entries({ amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" }));

/** The root element. Attributes are skipped, names lose their prefix. Throws `MalformedXML`; document types are refused. */
export function parseXml(text: string): XmlNode {
  const token =
    /<\?xml[^>]*\?>|<!--[\s\S]*?-->|<(\/?)([A-Za-z_][\w.:-]*)((?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/y;
  type Open = { name: string; text: string; children: XmlNode[] };
  const document: Open = { name: "", text: "", children: [] };
  const open: Open[] = [document];
  token.lastIndex = 0;
  while (token.lastIndex < text.length) {
    const match = token.exec(text);
    if (match === null) throw malformed();
    const [, closing, qualified, , empty, characters] = match;
    const parent = open.at(-1)!;
    if (characters !== undefined) {
      parent.text += unescapeText(characters);
      continue;
    }
    if (qualified === undefined) continue;
    const name = qualified.slice(qualified.indexOf(":") + 1);
    if (closing === "/") {
      const done = open.pop()!;
      if (done.name !== name || open.length === 0) throw malformed();
      open.at(-1)!.children.push(done);
    } else if (empty === "/") {
      parent.children.push({ name, text: "", children: [] });
    } else {
      if (open.length > MAX_DEPTH) throw malformed();
      open.push({ name, text: "", children: [] });
    }
  }
  const [root] = document.children;
  if (open.length !== 1 || document.children.length !== 1 || document.text.trim() !== "") throw malformed();
  return root!;
}

/** The text of the first child of that name, or undefined. */
export function childText(node: XmlNode, name: string): string | undefined {
  return node.children.find((child) => child.name === name)?.text;
}

function unescapeText(text: string): string {
  return text.replace(/&([^;&]{0,10};?)/g, (_, entity: string) => {
    const number = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}));$/.exec(entity);
    const named = ENTITIES.get(entity.slice(0, -1));
    if (number !== null) {
      const point = number[1] === undefined ? Number(number[2]) : Number.parseInt(number[1], 16);
      if (point <= 0x10ffff && (point < 0xd800 || point > 0xdfff)) return String.fromCodePoint(point);
    } else if (named !== undefined && entity.endsWith(";")) return named;
    throw malformed();
  });
}

function malformed(): S3Error {
  return new S3Error("MalformedXML", "The XML in the request's body is not well formed, or not what belongs there.");
}
