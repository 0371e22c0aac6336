import { expect } from "chai";
import { childText, parseXml, writeXml } from "../../../node/interface/gateway/xml.ts";

const codeOf = (text: string) => {
  try {
    parseXml(text);
    return "read";
  } catch (cause) {
    return (cause as { s3Code: string }).s3Code;
  }
};

describe("the XML of S3", () => {
  it("that is written is read again, whatever a key is made of", () => {
    for (const key of ["a&b<c>\"d'", "]]>", "tab\tline\nend\r", "ä\u{1f600}", "&amp;", "\x01\x1f"]) {
      const root = parseXml(writeXml("R", { Key: key, None: undefined, List: [{ A: 1 }, { A: 2 }] }));
      expect(childText(root, "Key"), JSON.stringify(key)).to.equal(key);
      expect(root.children.filter(({ name }) => name === "List").map((node) => childText(node, "A"))).to.deep.equal([
        "1",
        "2",
      ]);
      expect(childText(root, "None")).to.equal(undefined);
    }
  });

  it("may have prefixes, attributes, comments, references and empty elements", () => {
    const root = parseXml(
      '<?xml version="1.0"?>\n<!-- a <b> --><s3:Delete xmlns:s3="http://x/" a=\'1\'><s3:Key>&#65;&#x42;&lt;</s3:Key><Quiet/></s3:Delete>\n',
    );
    expect([root.name, childText(root, "Key"), childText(root, "Quiet")]).to.deep.equal(["Delete", "AB<", ""]);
  });

  it("is refused when it is not well formed, or could expand or include anything", () => {
    for (const text of [
      "",
      "text",
      "<a>",
      "<a></b>",
      "</a>",
      "<a/><b/>",
      "<a>&unknown;</a>",
      "<a>&toString;</a>",
      "<a>&#xd800;</a>",
      "<a>&#x110000;</a>",
      "<a>& b</a>",
      '<!DOCTYPE a [<!ENTITY e "eeee">]><a>&e;</a>',
      '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
      "<?php a ?><a/>",
      "<a><![CDATA[x]]></a>",
      "<a b=c/>",
      "<a>".repeat(20) + "</a>".repeat(20),
    ]) {
      expect(codeOf(text), text.slice(0, 40)).to.equal("MalformedXML");
    }
  });

  it("takes no more time than its length", () => {
    const started = performance.now();
    for (const text of [
      `<a ${'b="c" '.repeat(100_000)}`,
      "<!--".repeat(200_000),
      `<a>${"&".repeat(500_000)}</a>`,
      "<a ".repeat(200_000),
    ]) {
      expect(codeOf(text)).to.equal("MalformedXML");
    }
    expect(performance.now() - started).to.be.lessThan(2_000);
  });
});
