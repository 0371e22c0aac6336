/** A proving key in the threads' shared memory, in the form that the kernels compute with. */
import { readCoefficients } from "./coefficients.ts";
import { fillCoefficients, fillRoots, fillTable, type Space } from "./fill.ts";
import { createMemory, instantiateKernels, type KernelModules } from "./kernels.ts";
import { createPlan, type Digits, digitBits, PAIR, POINT, ROW, scratchBytes, type Table } from "./layout.ts";
import { G1_BYTES, G2_BYTES, SECTION, type Zkey } from "./zkey.ts";

export type ResidentKey = Space & {
  readonly zkey: Zkey;
  /** Half the domain, and the domain's logarithm. */
  readonly half: number;
  readonly log: number;
  /** Addresses of inputs, polynomials and constants. */
  readonly at: Addresses;
  readonly tables: Readonly<Record<Query, Table>>;
  /** Where the points by bits of each query's sum go. */
  readonly sums: Readonly<Record<Query, number>>;
  readonly witnessDigits: Digits;
  readonly quotientDigits: Digits;
  /** Scratch memory: `bytes` for each computing thread, one behind the other. */
  readonly scratch: { readonly at: number; readonly bytes: number };
};

export type Query = "a" | "b1" | "b2" | "c" | "h";

export type Addresses = {
  readonly constants: number;
  /** Polynomials in pairs: values or coefficients of A, B and C. */
  readonly a: number;
  readonly b: number;
  readonly c: number;
  /** Plain integers: the wires, and the values of A B - C. */
  readonly witness: number;
  readonly quotient: number;
  /** w^i and w^-i for i < half, and g^i / domain for all i; w generates the domain, g the double domain. */
  readonly roots: number;
  readonly inverseRoots: number;
  readonly shifts: number;
  /** See coefficients.ts. */
  readonly values: number;
  readonly starts: number;
  readonly terms: number;
};

/** What `invert` and the field functions use (field.as.ts), for the kernels of the thread that loads the key. */
const HOME_SCRATCH = 8192;

/** @throws RangeError for coefficients outside of the circuit */
export function loadKey(zkey: Zkey, modules: KernelModules, threads: number): ResidentKey {
  const { wires, domain } = zkey;
  const half = domain / 2;
  const log = Math.log2(domain);
  const coefficients = readCoefficients(zkey);
  const plan = createPlan();
  const home = plan.take(HOME_SCRATCH);
  const at: Addresses = {
    constants: plan.take(256),
    a: plan.take(PAIR * half),
    b: plan.take(PAIR * half),
    c: plan.take(PAIR * half),
    witness: plan.take(32 * wires),
    quotient: plan.take(32 * domain),
    roots: plan.take(ROW * half),
    inverseRoots: plan.take(ROW * half),
    shifts: plan.take(ROW * domain),
    values: plan.take((ROW / 8) * coefficients.values.length),
    starts: plan.take(coefficients.starts.byteLength),
    terms: plan.take(coefficients.terms.byteLength),
  };
  const digits = (count: number): Digits => {
    const { bits, windows } = digitBits(count);
    return { at: plan.take(2 * count * windows), count, bits, windows };
  };
  const witnessDigits = digits(wires);
  const quotientDigits = digits(domain);

  const query = (group: Table["group"], section: number, firstWire = 0) => {
    const finite = finitePoints(zkey.read(section), group === "g1" ? G1_BYTES : G2_BYTES);
    const points = plan.take(POINT[group] * finite.length);
    const table: Table = { group, points, count: finite.length, wires: plan.take(4 * finite.length) };
    return { section, firstWire, finite, table };
  };
  const queries: Record<Query, ReturnType<typeof query>> = {
    a: query("g1", SECTION.a),
    b1: query("g1", SECTION.b1),
    b2: query("g2", SECTION.b2),
    c: query("g1", SECTION.c, zkey.publicSignals + 1),
    h: query("g1", SECTION.h),
  };
  const { a, b1, b2, c, h } = queries;
  const tables = { a: a.table, b1: b1.table, b2: b2.table, c: c.table, h: h.table };
  const needed = [
    scratchBytes(tables.h, quotientDigits.bits),
    ...[tables.a, tables.b1, tables.b2, tables.c].map((table) => scratchBytes(table, witnessDigits.bits)),
  ];
  const sumBytes = (bytes: number, { bits, windows }: Digits) => plan.take(bytes * bits * windows);
  const sums = {
    a: sumBytes(G1_BYTES, witnessDigits),
    b1: sumBytes(G1_BYTES, witnessDigits),
    b2: sumBytes(G2_BYTES, witnessDigits),
    c: sumBytes(G1_BYTES, witnessDigits),
    h: sumBytes(G1_BYTES, quotientDigits),
  };
  const bytes = (Math.max(...needed) + 15) & ~15;
  const scratch = { at: plan.take(threads * bytes), bytes };

  const memory = createMemory(plan.size());
  const kernels = instantiateKernels(memory, modules, home);
  const space = { memory, kernels };
  fillCoefficients(space, at, coefficients);
  fillRoots(space, at, log);
  for (const { section, firstWire, finite, table } of Object.values(queries)) {
    fillTable(space, at, 3 * PAIR * half, zkey.read(section), finite, table);
    new Uint32Array(memory.buffer, table.wires, finite.length).set(finite.map((index) => index + firstWire));
  }
  return { ...space, zkey, half, log, at, tables, sums, witnessDigits, quotientDigits, scratch };
}

/** Indices of the points that are not at infinity. A third of B is, and would cost a third of its additions. */
function finitePoints(section: Uint8Array, pointBytes: number): Uint32Array {
  const words = new Uint32Array(section.buffer, section.byteOffset, section.byteLength / 4);
  const perPoint = pointBytes / 4;
  const finite: number[] = [];
  for (let at = 0; at < words.length; at += perPoint) {
    if (words.subarray(at, at + perPoint).some((word) => word !== 0)) finite.push(at / perPoint);
  }
  return Uint32Array.from(finite);
}
