import { expect } from "chai";
import { MAX_WINDOWS } from "../../../node/data/terms.ts";
import type { ClientContext } from "../../../node/interface/client/context.ts";
import { renewFile } from "../../../node/interface/client/renew-file.ts";

describe("renewing a file", () => {
  for (const windows of [0, -1, 1.5, MAX_WINDOWS + 1]) {
    it(`by ${windows} windows is refused before anything is read or asked`, async () => {
      const failure = await renewFile({} as ClientContext, "", { windows }).catch((cause: unknown) => cause);
      expect(failure).to.have.property("code", "BAD_WINDOWS");
      expect(failure).to.have.property(
        "message",
        `A deal is extended by 1 to ${MAX_WINDOWS} proving windows, got ${windows}.`,
      );
    });
  }
});
