import { type Audience, audiences } from "../../interface/client/share.ts";
import { callOf, withClient } from "./client-session.ts";
import { type Command, stringOption } from "./command.ts";
import { UsageError } from "./usage-error.ts";

export const clientShare: Command = {
  name: "client share",
  summary: "Print a weaker capability of a file, to give away; it is derived here and cannot be taken back.",
  usage: "CAPABILITY | NAME [--as read|verify|repair|public] [--one-copy]",
  example: [
    "holdfast client share photos.tar --as read",
    "holdfast client put talk.mp4 --public && holdfast client share talk.mp4 --as public",
    "",
    "read: reads the file. repair: rebuilds lost slots, reads nothing. verify: checks what providers hold, no secret.",
    "public: a read capability for everybody; the file must have been stored with --public, so that k slots stay cold.",
  ].join("\n"),
  options: {
    as: { type: "string", placeholder: "WHOM", description: "read, verify, repair or public; read unless told" },
    "one-copy": {
      type: "boolean",
      description: "publish a file without k cold slots: its providers may keep one copy together",
    },
  },
  positionals: [1, 1],
  async run(args, io) {
    const audience = audienceOf(stringOption(args, "as") ?? "read");
    const call = audience === "public" ? callOf(io) : {};
    const oneCopy = args.values["one-copy"] === true;
    return await withClient(args, io, async (client) => {
      const file = args.positionals[0]!;
      const shared = await client.share(file, audience, { oneCopy, ...call });
      const cid = await client.cid(file);
      const known = cid === undefined ? [] : [`The file's CID is ${cid}.`];
      // The capability comes first: scripts take that line.
      return {
        text: [shared.capability, shared.meaning, ...known].join("\n"),
        data: { ...shared, ...(cid === undefined ? {} : { cid }) },
      };
    });
  },
};

function audienceOf(text: string): Audience {
  const found = audiences.find((audience) => audience === text);
  if (found !== undefined) return found;
  throw new UsageError(`--as needs one of ${audiences.join(", ")}, got "${text}".`);
}
