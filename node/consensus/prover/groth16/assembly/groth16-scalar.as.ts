// The prover's work in the scalar field. "./constants-scalar.as" is made by scripts/kernels/groth16-constants.ts at build time.
import "./constants-scalar.as";
export { isFused } from "./field51.as";
export { convert, setScratch } from "./field.as";
export { evaluateRows, joinQuotient, writeDigits } from "./quotient.as";
export { evaluate, fillPowers, interpolate, shiftAll } from "./transform.as";
