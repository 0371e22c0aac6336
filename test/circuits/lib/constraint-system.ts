/** An r1cs evaluated in TypeScript: which wires of a valid assignment could take other values? */
import type { R1cs } from "../../../scripts/lib/r1cs.ts";
import { power, R } from "../../../scripts/lib/scalar-field.ts";

/** Coefficients by wire of the three sides of one constraint, A w * B w = C w. */
type Constraint = readonly [Map<number, bigint>, Map<number, bigint>, Map<number, bigint>];

export type ConstraintSystem = { readonly wires: number; readonly constraints: readonly Constraint[] };

export function constraintSystem(r1cs: R1cs): ConstraintSystem {
  const constraints = Array.from({ length: r1cs.constraints }, (): Constraint => [new Map(), new Map(), new Map()]);
  r1cs.terms((matrix, constraint, wire, value) => {
    const side = constraints[constraint]![matrix]!;
    side.set(wire, ((side.get(wire) ?? 0n) + value) % R);
  });
  return { wires: r1cs.wires, constraints };
}

const at = (side: Map<number, bigint>, values: readonly bigint[]): bigint =>
  [...side].reduce((sum, [wire, factor]) => sum + factor * values[wire]!, 0n) % R;

const modulo = (value: bigint): bigint => ((value % R) + R) % R;

export function isSatisfied({ constraints }: ConstraintSystem, values: readonly bigint[]): boolean {
  return constraints.every(([a, b, c]) => modulo(at(a, values) * at(b, values) - at(c, values)) === 0n);
}

/**
 * The wires, without the constant 1, that could take some other value while all others stay: any value of the field, not
 * a sample. Moving wire by d takes a constraint from 0 to d (linear + square d), so that one d has to solve all of them.
 */
export function looseWires({ wires, constraints }: ConstraintSystem, values: readonly bigint[]): number[] {
  const uses = Array.from({ length: wires }, (): [linear: bigint, square: bigint][] => []);
  for (const [a, b, c] of constraints) {
    const [left, right] = [at(a, values), at(b, values)];
    for (const wire of new Set([...a.keys(), ...b.keys(), ...c.keys()])) {
      const [x, y, z] = [a.get(wire) ?? 0n, b.get(wire) ?? 0n, c.get(wire) ?? 0n];
      uses[wire]!.push([modulo(x * right + y * left - z), (x * y) % R]);
    }
  }
  return Array.from({ length: wires - 1 }, (_, i) => i + 1).filter((wire) => {
    const curved = uses[wire]!.find(([, square]) => square !== 0n);
    const change = curved === undefined ? 1n : modulo(-curved[0] * power(curved[1], R - 2n));
    return change !== 0n && uses[wire]!.every(([linear, square]) => (linear + square * change) % R === 0n);
  });
}

/**
 * The wires that could move together, by however little, while the given ones stay: those that the linearised constraints,
 * at this assignment, leave open. None means that the assignment stands alone: there is no second one near it.
 */
export function movableWires(
  { wires, constraints }: ConstraintSystem,
  values: readonly bigint[],
  given: ReadonlySet<number>,
): number[] {
  const pending: Map<number, bigint>[] = constraints.map(([a, b, c]) => {
    const [left, right] = [at(a, values), at(b, values)];
    const row = new Map<number, bigint>();
    const add = (side: Map<number, bigint>, factor: bigint) => {
      for (const [wire, value] of side) row.set(wire, modulo((row.get(wire) ?? 0n) + factor * value));
    };
    add(a, right);
    add(b, left);
    add(c, -1n);
    for (const [wire, value] of row) if (value === 0n || wire === 0 || given.has(wire)) row.delete(wire);
    return row;
  });
  const settled = settle(pending, wires);
  // What is left is solved as it is: a row at a time, its first wire expressed by the others.
  const pivots = new Map<number, Map<number, bigint>>();
  for (const row of pending) {
    for (const wire of row.keys()) if (settled.has(wire)) row.delete(wire);
    reduce(row, pivots);
    const [pivot] = row.keys();
    if (pivot === undefined) continue;
    const inverse = power(row.get(pivot)!, R - 2n);
    for (const [wire, value] of row) row.set(wire, (value * inverse) % R);
    pivots.set(pivot, row);
  }
  const free = Array.from({ length: wires - 1 }, (_, i) => i + 1).filter(
    (wire) => !given.has(wire) && !settled.has(wire) && !pivots.has(wire),
  );
  // A pivot's wire moves if what is left of its row, once all pivots are out of it, names a free one.
  const moved = [...pivots].filter(([pivot, row]) => {
    const rest = new Map([...row].filter(([wire]) => wire !== pivot));
    reduce(rest, pivots);
    return rest.size > 0;
  });
  return [...free, ...moved.map(([pivot]) => pivot)].sort((x, y) => x - y);
}

/** Wires that are the last open one of some row, again and again: a hash is settled from its inputs to its output. */
function settle(rows: readonly Map<number, bigint>[], wires: number): Set<number> {
  const rowsOf = Array.from({ length: wires }, (): number[] => []);
  const open = rows.map((row, i) => {
    for (const wire of row.keys()) rowsOf[wire]!.push(i);
    return row.size;
  });
  const settled = new Set<number>();
  const ready = open.flatMap((count, i) => (count === 1 ? [i] : []));
  for (let i = ready.pop(); i !== undefined; i = ready.pop()) {
    const wire = [...rows[i]!.keys()].find((candidate) => !settled.has(candidate));
    if (wire === undefined) continue;
    settled.add(wire);
    for (const j of rowsOf[wire]!) if (--open[j]! === 1) ready.push(j);
  }
  return settled;
}

/** Takes every pivot's wire out of a row. */
function reduce(row: Map<number, bigint>, pivots: ReadonlyMap<number, Map<number, bigint>>): void {
  for (;;) {
    const pivot = [...row.keys()].find((wire) => pivots.has(wire));
    if (pivot === undefined) return;
    const factor = row.get(pivot)!;
    for (const [wire, value] of pivots.get(pivot)!) {
      const rest = modulo((row.get(wire) ?? 0n) - factor * value);
      if (rest === 0n) row.delete(wire);
      else row.set(wire, rest);
    }
  }
}
