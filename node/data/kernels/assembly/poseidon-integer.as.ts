// The integer Poseidon(8) kernel. "./constants29.as" is made by scripts/kernels/poseidon-constants.ts at build time.
import "./constants29.as";
import "./field29.as";
export { buffer, firstOutside, groupNodes, parents } from "./poseidon.as";
