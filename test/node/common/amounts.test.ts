import { expect } from "chai";
import { formatAmount, parseAmount } from "../../../node/common/amounts.ts";
import { HoldfastError } from "../../../node/common/errors.ts";

describe("amounts in whole tokens", () => {
  it("are parsed to the last base unit", () => {
    expect(parseAmount("1.5", "--price")).to.equal(15n * 10n ** 17n);
    expect(parseAmount("0.000000000000000001", "--price")).to.equal(1n);
    expect(parseAmount("123456789012345678901234567890.1", "--price")).to.equal(
      123456789012345678901234567890n * 10n ** 18n + 10n ** 17n,
    );
  });

  it("are refused where they would have to be rounded or guessed", () => {
    for (const text of ["", "1.", ".5", "-1", "1e3", "1,5", "0x10", "1.0000000000000000001", "1 2", "Infinity"]) {
      expect(() => parseAmount(text, "--price"), text)
        .to.throw(HoldfastError, "--price")
        .with.property("code", "BAD_AMOUNT");
    }
  });

  it("are printed so that they parse to the same amount", () => {
    for (const amount of [0n, 1n, 10n ** 18n, 15n * 10n ** 17n, 2n ** 127n]) {
      expect(parseAmount(formatAmount(amount), "--price")).to.equal(amount);
    }
    expect(formatAmount(15n * 10n ** 17n)).to.equal("1.5");
    expect(formatAmount(-5n * 10n ** 17n)).to.equal("-0.5");
  });
});
