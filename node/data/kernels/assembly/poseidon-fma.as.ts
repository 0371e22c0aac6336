// The fused multiply-add Poseidon(8) kernel. "./constants51.as" is made by scripts/kernels/ at build time.
import "./constants51.as";
export { isFused } from "./field51.as";
export { buffer, firstOutside, groupNodes, parents } from "./poseidon.as";
