import { expect } from "chai";
import { shapeOf } from "../../../node/interface/client/begin-put.ts";

describe("the shape of a put", () => {
  it("has two spare replicas for three shards, and as many in proportion, unless told", () => {
    const slots = (k: number) => shapeOf({ k }).n;
    expect([1, 2, 3, 4, 10, 30, 200].map(slots)).to.deep.equal([5, 5, 5, 7, 17, 50, 255]);
    expect(shapeOf({ k: 10, n: 10 })).to.include({ k: 10, n: 10, e: 10 });
  });

  it("of a public file keeps k slots cold", () => {
    expect(shapeOf({ k: 3, public: true })).to.include({ n: 7, e: 4 });
  });
});
