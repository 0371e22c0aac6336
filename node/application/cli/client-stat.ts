import { formatAmount } from "../../common/amounts.ts";
import { callOf, withClient } from "./client-session.ts";
import type { Command } from "./command.ts";

export const clientStat: Command = {
  name: "client stat",
  summary: "Show what a file is, how it is stored, what it costs and until when it is kept.",
  usage: "CAPABILITY | NAME",
  example: "holdfast client stat photos.tar",
  options: {},
  positionals: [1, 1],
  async run(args, io) {
    const facts = await withClient(args, io, (client) => client.stat(args.positionals[0]!, callOf(io)));
    const { content, k, n, active, keptUntilBlock } = facts;
    const shape = (found: NonNullable<typeof content>) => [
      `name      ${found.name}`,
      `size      ${found.size} bytes in ${found.segments} segments`,
      `CID       ${found.cid}`,
      `replicas  ${found.replicaBytes} bytes each, ${Math.round(100 * found.fill)} % of what is paid for`,
      `slots     ${found.hot === n ? "all" : found.hot} of ${n} hot${found.hot <= n - k ? ", may be published" : ""}`,
    ];
    const kept =
      keptUntilBlock === undefined
        ? "over: too few replicas are under contract"
        : `until block ${keptUntilBlock}, about ${facts.keptUntil!.slice(0, 19)}Z`;
    const text = [
      ...(content === undefined ? ["This capability does not tell name, size or CID."] : shape(content)),
      `deal      ${facts.dealKey}, ${facts.client}, since block ${facts.openedAtBlock}`,
      `kept      ${kept}`,
      `health    ${active} of ${n} replicas under contract, any ${k} rebuild the file`,
      `cost      ${formatAmount(facts.price)} tokens a window; ${formatAmount(facts.escrow)} in escrow`,
      `you hold  ${facts.capability === "owner" ? "the owner's capability" : `a ${facts.capability} capability`}`,
    ];
    return { text: text.join("\n"), data: { ...facts } };
  },
};
