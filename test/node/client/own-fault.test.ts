import { expect } from "chai";
import { HoldfastError } from "../../../node/common/errors.ts";
import { isOwnFault } from "../../../node/interface/client/own-fault.ts";

describe("isOwnFault", () => {
  it("tells the client's own full disk from one that a provider reports", () => {
    expect(isOwnFault(new HoldfastError("DISK_FULL", "The disk is full."))).to.equal(true);
    const refusal = new HoldfastError("DISK_FULL", "This provider's disk is full.", {
      details: { refusedByPeer: true },
    });
    expect(isOwnFault(refusal)).to.equal(false);
  });

  it("blames peers for what peers do", () => {
    for (const code of ["PEER_TIMEOUT", "PEER_CLOSED", "BAD_OPENING", "BAD_OFFER", "WRONG_PIECE", "BAD_CREDIT"]) {
      expect(isOwnFault(new HoldfastError(code, "It failed.")), code).to.equal(false);
    }
    expect(isOwnFault(new Error("connection reset"))).to.equal(false);
  });

  it("counts an abort as the client's own", () => {
    const controller = new AbortController();
    controller.abort();
    expect(isOwnFault(controller.signal.reason)).to.equal(true);
  });
});
