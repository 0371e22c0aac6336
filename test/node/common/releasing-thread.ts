// A thread that gives buffers back from its first moment on.
import { release } from "../../../node/common/release.ts";

for (let i = 0; i < 100; i++) release(new Uint8Array(2 ** 18));
