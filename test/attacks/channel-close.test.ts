/** A payer takes its money back while vouchers for it are out. */
import { expect } from "chai";
import { revertNameOf } from "../contracts/support/reverts.ts";
import { DELAY, given, networkHelpers, viem } from "./support/channels.ts";

describe("attack: a payer that wants its money back", () => {
  it("cannot shorten the delay by topping up, which cancels the close", async () => {
    const { channels, as, payer, provider, from, to, sign, free, redeem } = await networkHelpers.loadFixture(given);
    await channels.write.startClose([to], as(payer));
    await networkHelpers.mine(DELAY);
    await channels.write.fund([[to], [500n]], as(payer));
    expect(await revertNameOf(channels.write.close([to], as(payer)))).to.equal("ChannelNotClosing");
    await redeem(await sign({ cumulative: 1_500n }));
    expect(await free(provider)).to.equal(1_500n);
    expect((await channels.read.channelOf([from, to])).closableAt).to.equal(0);
  });

  it("has to start the whole delay again in the next life of a channel", async () => {
    const { channels, as, payer, to } = await networkHelpers.loadFixture(given);
    await channels.write.startClose([to], as(payer));
    await networkHelpers.mine(DELAY);
    await channels.write.close([to], as(payer));
    await channels.write.fund([[to], [500n]], as(payer));
    expect(await revertNameOf(channels.write.close([to], as(payer)))).to.equal("ChannelNotClosing");
  });

  it("gets nothing that the provider redeemed in the same block before it", async () => {
    const { channels, publicClient, as, payer, provider, outsider, to, sign, free } =
      await networkHelpers.loadFixture(given);
    const signed = await sign({ cumulative: 800n });
    await channels.write.startClose([to], as(payer));
    await networkHelpers.mine(DELAY - 1n);
    const testClient = await viem.getTestClient();
    await testClient.setAutomine(false);
    try {
      const redeemed = await channels.write.redeem([[signed]], {
        ...as(outsider),
        gas: 300_000n,
        maxPriorityFeePerGas: 10n ** 9n,
      });
      const closed = await channels.write.close([to], { ...as(payer), gas: 300_000n, maxPriorityFeePerGas: 1n });
      await testClient.mine({ blocks: 1 });
      const receipts = await Promise.all(
        [redeemed, closed].map((hash) => publicClient.getTransactionReceipt({ hash })),
      );
      expect(receipts.map((receipt) => receipt.status)).to.deep.equal(["success", "success"]);
      expect(receipts[0]!.blockNumber).to.equal(receipts[1]!.blockNumber);
    } finally {
      await testClient.setAutomine(true);
    }
    expect(await free(provider)).to.equal(800n);
    expect(await free(payer)).to.equal(8_200n);
  });

  it("cannot close a channel that is somebody else's", async () => {
    const { channels, as, outsider, to, from } = await networkHelpers.loadFixture(given);
    expect(await revertNameOf(channels.write.startClose([to], as(outsider)))).to.equal("ChannelEmpty");
    expect(await revertNameOf(channels.write.closeAsProvider([from], as(outsider)))).to.equal("ChannelEmpty");
  });
});
