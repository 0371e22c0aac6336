// JSON that keeps big integers: 12n is written "12n". Only for values without free text in them.

/** Throws TypeError for what JSON has no word for. */
export function encodeJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? `${inner}n` : inner), indent);
}

export function decodeJson<T>(text: string): T {
  return JSON.parse(text, (_, inner: unknown) =>
    typeof inner === "string" && /^-?\d+n$/.test(inner) ? BigInt(inner.slice(0, -1)) : inner,
  ) as T;
}
