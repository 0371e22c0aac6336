import { readFileSync } from "node:fs";
import { expect } from "chai";
import { buildKernel, KERNEL_BUILDS, kernelPath } from "../../../scripts/build-kernels.ts";

describe("kernel builds", () => {
  for (const kernel of KERNEL_BUILDS) {
    it(`rebuilds ${kernel.name}.wasm from its sources to the bytes in git`, async function () {
      this.timeout(60_000);
      const built = Buffer.from(await buildKernel(kernel));
      expect(built.equals(readFileSync(kernelPath(kernel)))).to.equal(true);
    });
  }
});
