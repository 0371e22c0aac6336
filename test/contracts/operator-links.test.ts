import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { network } from "hardhat";
import { ASK, PROFILE } from "./support/provider.ts";
import { deployRegistry } from "./support/registry.ts";
import { as } from "./support/vault.ts";

const { ethers, networkHelpers } = await network.create();

/** Two lanes and who might run them. */
async function given() {
  const all = await deployRegistry(ethers);
  const [, , , , , second, operator] = await ethers.getSigners();
  const lanes = [all.provider, second!] as const;
  for (const lane of lanes) await as(all.registry, lane).register!(PROFILE, ASK);
  return { ...all, lanes, operator: operator! };
}

async function linked() {
  const all = await given();
  for (const lane of all.lanes) await as(all.registry, lane).declareOperator!(all.operator);
  await as(all.registry, all.operator).acceptLanes!(all.lanes);
  return all;
}

describe("links between lanes and their operator", () => {
  it("count when both sides say so, several lanes at once", async () => {
    const { registry, lanes, operator } = await networkHelpers.loadFixture(given);
    for (const lane of lanes) {
      await expect(as(registry, lane).declareOperator!(operator))
        .to.emit(registry, "OperatorDeclared")
        .withArgs(lane.address, operator.address);
      expect(await registry.operatorOf!(lane)).to.equal(ZeroAddress);
      expect(await registry.declaredOperatorOf!(lane)).to.equal(operator.address);
    }
    const accepted = as(registry, operator).acceptLanes!(lanes);
    for (const lane of lanes) {
      await expect(accepted).to.emit(registry, "OperatorAccepted").withArgs(lane.address, operator.address);
      expect(await registry.operatorOf!(lane)).to.equal(operator.address);
      expect((await registry.provider!(lane)).operator).to.equal(operator.address);
    }
  });

  it("are claimed by nobody whom the lane does not name", async () => {
    const { registry, lanes, operator, outsider } = await networkHelpers.loadFixture(given);
    await as(registry, lanes[0]).declareOperator!(operator);
    for (const call of ["acceptLanes", "renounceLane"] as const) {
      const lane = lanes[0].address;
      await expect(as(registry, outsider)[call]!(call === "acceptLanes" ? [lane] : lane))
        .to.be.revertedWithCustomError(registry, "OperatorNotDeclared")
        .withArgs(lane, outsider.address, operator.address);
    }
    await expect(as(registry, operator).acceptLanes!(lanes))
      .to.be.revertedWithCustomError(registry, "OperatorNotDeclared")
      .withArgs(lanes[1].address, operator.address, ZeroAddress);
  });

  it("are declared by registered lanes, and not with themselves", async () => {
    const { registry, lanes, outsider, operator } = await networkHelpers.loadFixture(given);
    await expect(as(registry, outsider).declareOperator!(operator)).to.be.revertedWithCustomError(
      registry,
      "RegistryNotRegistered",
    );
    await expect(as(registry, lanes[0]).declareOperator!(lanes[0])).to.be.revertedWithCustomError(
      registry,
      "OperatorIsLane",
    );
  });

  it("end when either side says so: an acceptance does not pass to a later declaration", async () => {
    const { registry, lanes, operator } = await networkHelpers.loadFixture(linked);
    await as(registry, lanes[0]).declareOperator!(ZeroAddress);
    expect(await registry.operatorOf!(lanes[0])).to.equal(ZeroAddress);
    await as(registry, lanes[0]).declareOperator!(operator);
    expect(await registry.operatorOf!(lanes[0])).to.equal(ZeroAddress);

    await expect(as(registry, operator).renounceLane!(lanes[1]))
      .to.emit(registry, "OperatorRenounced")
      .withArgs(lanes[1].address, operator.address);
    expect(await registry.declaredOperatorOf!(lanes[1])).to.equal(ZeroAddress);
    await expect(as(registry, operator).acceptLanes!([lanes[1]])).to.be.revertedWithCustomError(
      registry,
      "OperatorNotDeclared",
    );
  });

  it("end with the lane's registration", async () => {
    const { registry, lanes } = await networkHelpers.loadFixture(linked);
    await expect(as(registry, lanes[0]).deregister!())
      .to.emit(registry, "OperatorDeclared")
      .withArgs(lanes[0].address, ZeroAddress);
    expect(await registry.operatorOf!(lanes[0])).to.equal(ZeroAddress);
  });
});
