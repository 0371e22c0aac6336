// Sums of points of BN254. "./constants-curve.as" is made by scripts/kernels/groth16-constants.ts at build time.
import "./constants-curve.as";
export { convert, setScratch } from "./field.as";
export { sumWindow } from "./window.as";
