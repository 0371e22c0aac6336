import { expect } from "chai";
import { numberToHex } from "viem";
import { sectorId } from "../../../node/data/capacity-sector.ts";
import { SCALAR_FIELD } from "../../../node/data/digest.ts";
import { GOOD_PROOF, rootOf, WINDOW_LENGTH } from "../spacetime/fixture.ts";
import { D, deployCapacity, K } from "./fixture.ts";

const PIECE = 2n ** 13n;

describe("the sectors of a provider", () => {
  it("carry the id that the node computes, and count all their labels", async () => {
    const { capacity, own, provider, ethers } = await deployCapacity();
    const { chainId } = await ethers.provider.getNetwork();
    const [address, contract] = await Promise.all([provider.getAddress(), capacity.getAddress()]);
    const name = { chainId, capacity: contract as `0x${string}`, provider: address as `0x${string}`, sector: 7n };
    const id = numberToHex(sectorId(name), { size: 32 });
    await expect(own.addSector(7, 14, rootOf(1)))
      .to.emit(capacity, "SectorAdded")
      .withArgs(provider, id, 7, 14, rootOf(1));
    expect(await capacity.sectorOf(provider, 7)).to.deep.equal([id, rootOf(1), 14n, true]);
    expect(await capacity.weightOf(provider)).to.equal(2n * PIECE);
    expect((await capacity.sectorOf(provider, 8)).active).to.equal(false);
    expect(await capacity.idOf(provider, 7)).to.not.equal(await capacity.idOf(contract, 7));
  });

  it("belong to registered providers, fit the circuit, and have a root", async () => {
    const { capacity, own, deployer, provider } = await deployCapacity();
    await expect(capacity.connect(deployer).getFunction("addSector")(1, 13, rootOf(1)))
      .to.be.revertedWithCustomError(capacity, "SectorNotRegistered")
      .withArgs(deployer);
    for (const m of [12, 3 * D + 1]) {
      await expect(own.addSector(1, m, rootOf(1)))
        .to.be.revertedWithCustomError(capacity, "SectorInvalidClass")
        .withArgs(3 * D, m);
    }
    for (const root of [0n, SCALAR_FIELD]) {
      const bytes = numberToHex(root, { size: 32 });
      await expect(own.addSector(1, 13, bytes))
        .to.be.revertedWithCustomError(capacity, "SectorInvalidRoot")
        .withArgs(bytes);
    }
    await own.addSector(1, 3 * D, numberToHex(SCALAR_FIELD - 1n, { size: 32 }));
    await expect(own.addSector(1, 13, rootOf(2)))
      .to.be.revertedWithCustomError(capacity, "SectorActive")
      .withArgs(1);
    expect(await capacity.weightOf(provider)).to.equal(2n ** BigInt(3 * D));
  });

  it("have no class above 27, whatever the circuit's depth", async () => {
    const { ethers, registry, spacetime, provider } = await deployCapacity();
    const verifier = await ethers.deployContract("VerifierMock", [K, 11]);
    const deep = await ethers.deployContract("CapacityProofs", [registry, spacetime, verifier]);
    const own = deep.connect(provider) as typeof deep;
    await own.addSector(1, 27, rootOf(1));
    await expect(own.addSector(2, 28, rootOf(2)))
      .to.be.revertedWithCustomError(deep, "SectorInvalidClass")
      .withArgs(27, 28);
  });

  it("are proven by circuits only whose vector fits the field", async () => {
    const { ethers, registry, spacetime, capacity } = await deployCapacity();
    for (const [challenges, levels] of [
      [0, 5],
      [2, 4],
      [2, 12],
    ]) {
      const verifier = await ethers.deployContract("VerifierMock", [challenges!, levels!]);
      await expect(ethers.deployContract("CapacityProofs", [registry, spacetime, verifier]))
        .to.be.revertedWithCustomError(capacity, "CapacityInvalidProfile")
        .withArgs(challenges, levels);
    }
  });

  it("are 16 for each challenge at most, and share the lane's greatest weight with its replicas", async () => {
    const { capacity, own, fill } = await deployCapacity();
    expect(await capacity.MAX_SECTORS()).to.equal(32n);
    await fill(new Array<number>(32).fill(13));
    await expect(own.addSector(99, 13, rootOf(99)))
      .to.be.revertedWithCustomError(capacity, "SectorTooMany")
      .withArgs(32);

    const small = await deployCapacity({ maxWeight: 4n * PIECE });
    await small.fill([14]);
    await small.asMarket.add(small.provider, 13, rootOf(1));
    await expect(small.own.addSector(9, 14, rootOf(9)))
      .to.be.revertedWithCustomError(small.capacity, "SectorTooMuchWeight")
      .withArgs(4n * PIECE, 5n * PIECE);
    await small.own.addSector(9, 13, rootOf(9));
  });

  it("make room and free their number when they are given up", async () => {
    const { capacity, own, provider, fill, intoWindow, idOf } = await deployCapacity();
    await intoWindow(1n, WINDOW_LENGTH + 2n);
    await fill(new Array<number>(32).fill(13));
    await expect(own.removeSector(3))
      .to.emit(capacity, "SectorRemoved")
      .withArgs(provider, await idOf(3), numberToHex(0, { size: 32 }));
    await expect(own.removeSector(3)).to.be.revertedWithCustomError(capacity, "SectorNotActive").withArgs(3);
    expect(await capacity.weightOf(provider)).to.equal(31n * PIECE);
    await own.addSector(3, 14, rootOf(7));
    expect(await capacity.sectorOf(provider, 3)).to.deep.equal([await idOf(3), rootOf(7), 14n, true]);
  });

  it("count from the opening after their addition on", async () => {
    const { capacity, own, provider, fill, intoWindow, elementsIn } = await deployCapacity();
    await fill([13]);
    await intoWindow(2n);
    await fill([14, 15], 2);
    await own.submitProof(provider, 2, GOOD_PROOF, 0);
    expect(await elementsIn(2n)).to.equal(PIECE);
    await intoWindow(3n);
    await expect(own.submitProof(provider, 3, GOOD_PROOF, 0))
      .to.emit(capacity, "CapacityProven")
      .withArgs(provider, 3, 7n * PIECE, provider);
    expect(await elementsIn(3n)).to.equal(7n * PIECE);
  });

  it("give nothing to a window that opened on none", async () => {
    const { capacity, own, provider, fill, intoWindow } = await deployCapacity();
    await intoWindow(2n);
    await fill([13]);
    await expect(own.submitProof(provider, 2, GOOD_PROOF, 0))
      .to.be.revertedWithCustomError(capacity, "CapacityNothingToProve")
      .withArgs(provider, 2);
  });

  it("stay while an unproven window draws from them, and only then", async () => {
    const { capacity, own, provider, fill, intoWindow, opening } = await deployCapacity();
    await fill([13, 13, 13]);
    await intoWindow(2n);
    await expect(own.removeSector(1))
      .to.be.revertedWithCustomError(capacity, "CapacityWindowOpen")
      .withArgs((await opening(2n)) + WINDOW_LENGTH);
    await own.submitProof(provider, 2, GOOD_PROOF, 0);
    await own.removeSector(1);
    await intoWindow(3n, WINDOW_LENGTH);
    await expect(own.removeSector(2)).to.be.revertedWithCustomError(capacity, "CapacityWindowOpen");
    await intoWindow(3n, WINDOW_LENGTH + 1n);
    await own.removeSector(2);
    expect(await capacity.weightOf(provider)).to.equal(PIECE);
  });
});
