import { expect } from "chai";
import { apply, power, reduce, type Vector } from "../../../scripts/kernels/linear-algebra.ts";
import { derivePoseidonForm, PARTIAL_ROUNDS, type PoseidonForm } from "../../../scripts/kernels/poseidon-form.ts";
import { createReference, P, seededBytes, splitBytes, splitEights, toBigInt } from "./poseidon-reference.ts";

const HALF = 4;
const ORDER = 8;

/** Poseidon(8) computed from the rewritten form in bigints: the kernels' algorithm without their arithmetic. */
function evaluatePoseidonForm(form: PoseidonForm, inputs: Vector): bigint {
  const sbox = (value: bigint): bigint => power(value, 5n);
  const fullRound = (state: Vector, next: Vector): Vector =>
    apply(form.matrix, state.map(sbox)).map((value, i) => reduce(value + (next[i] ?? 0n)));

  let state = [0n, ...inputs].map((value, i) => reduce(value + form.roundConstants(0)[i]!));
  for (let r = 1; r < HALF; r++) state = fullRound(state, form.roundConstants(r));

  const start = apply(form.entry, state.map(sbox));
  const first = reduce(start[0]! + form.entryConstant);
  const y = new Map(start.slice(1).map((value, i) => [-i, value]));
  const x = new Map([[0, sbox(first)]]);
  for (let n = 1; n <= PARTIAL_ROUNDS; n++) {
    let sum = form.kappa[n]!;
    for (let i = 1; i <= ORDER; i++) sum -= form.feedback[i]! * y.get(n - i)!;
    for (let j = 0; j <= ORDER; j++) sum += form.input[j]! * (x.get(n - 1 - j) ?? 0n);
    y.set(n, reduce(sum));
    x.set(n, sbox(y.get(n)!));
  }
  const rest = form.exitConstants.map((value, r) => {
    const outputs = form.exitOutputs[r]!.reduce((s, e, q) => s + e * y.get(PARTIAL_ROUNDS - 7 + q)!, value);
    return reduce(form.exitInputs[r]!.reduce((s, e, q) => s + e * x.get(PARTIAL_ROUNDS - 8 + q)!, outputs));
  });
  state = [y.get(PARTIAL_ROUNDS)!, ...rest];
  for (let r = 1; r < HALF; r++) state = fullRound(state, form.roundConstants(HALF + PARTIAL_ROUNDS + r));
  return fullRound(state, [])[0]!;
}

describe("Poseidon as a recurrence", () => {
  it("equals circomlibjs in exact arithmetic, so that the kernels differ from it by their arithmetic alone", async () => {
    const reference = await createReference();
    const form = derivePoseidonForm();
    const random = splitEights(splitBytes(seededBytes("form", 20 * 256), 32).map((bytes) => toBigInt(bytes) % P));
    for (const inputs of [Array<bigint>(8).fill(0n), Array<bigint>(8).fill(P - 1n), ...random]) {
      expect(evaluatePoseidonForm(form, inputs)).to.equal(reference(inputs));
    }
  });
});
