import { expect } from "chai";
import { HoldfastError } from "../../../node/common/errors.ts";
import { newPhrase, walletOfPhrase } from "../../../node/consensus/phrase.ts";

const refusal = (text: string): string => {
  try {
    walletOfPhrase(text);
  } catch (error) {
    expect(error).to.be.instanceOf(HoldfastError).and.include({ code: "BAD_PHRASE" });
    return (error as HoldfastError).message;
  }
  throw new Error("it was taken");
};

describe("a recovery phrase", () => {
  it("gives the key that every Ethereum wallet derives from it", () => {
    // Hardhat's and Foundry's public phrase, account 0.
    const phrase = "test test test test test test test test test test test junk";
    expect(walletOfPhrase(phrase).account.address).to.equal("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
    // The first vector of BIP-39, with the address that its reference tool shows at m/44'/60'/0'/0/0.
    const vector = `${"abandon ".repeat(11)}about`;
    expect(walletOfPhrase(vector).account.address).to.equal("0x9858EfFD232B4033E47d90003D41EC34EcaEda94");
  });

  it("is read however it is spaced and capitalised", () => {
    const phrase = newPhrase();
    const untidy = `\n  ${phrase.toUpperCase().replaceAll(" ", " \n ")}\t`;
    expect(walletOfPhrase(untidy).privateKey).to.equal(walletOfPhrase(phrase).privateKey);
  });

  it("is new every time, and has 24 words", () => {
    const [one, two] = [newPhrase(), newPhrase()];
    expect(one).to.not.equal(two);
    expect(one.split(" ")).to.have.length(24);
  });

  it("with a wrong word, a word too few, or words that changed places is refused, and never repeated", () => {
    const words = `${"abandon ".repeat(11)}about`.split(" ");
    expect(refusal(words.with(3, "abandoned").join(" "))).to.match(/^Word 4 of the phrase/);
    expect(refusal(words.slice(1).join(" "))).to.match(/12 to 24 words, this has 11/);
    expect(refusal("")).to.match(/this has 0/);
    expect(refusal([...words.slice(0, 10), "about", "abandon"].join(" "))).to.match(/do not belong together/);
    expect(refusal("abandon ".repeat(12))).to.match(/do not belong together/);
    for (const text of [words.with(3, "hunter").join(" "), "zoo ".repeat(12)]) {
      expect(refusal(text)).to.not.match(/hunter|zoo|about/);
    }
  });
});
