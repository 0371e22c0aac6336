import { addGatewayKey, gatewayKeysOf, readGatewayKeys, removeGatewayKey } from "../../physical/gateway-keys.ts";
import type { Command } from "./command.ts";
import { UsageError } from "./usage-error.ts";

export const gatewayKey: Command = {
  name: "gateway key",
  summary: "List the gateway's access keys, make one, or take one away; a running gateway knows at once.",
  usage: "[NAME [--remove]]",
  example: [
    "holdfast gateway key backup-tool --home ./alice",
    "AWS_SHARED_CREDENTIALS_FILE=./alice/gateway/credentials AWS_PROFILE=backup-tool my-backup-tool",
    "",
    "Secrets are never printed: they are in gateway/credentials of the data folder, which only you may read.",
  ].join("\n"),
  options: { remove: { type: "boolean", description: "take the key away" } },
  positionals: [0, 1],
  async run({ positionals, values, settings }) {
    const file = gatewayKeysOf(settings.home);
    const [name] = positionals;
    if (name === undefined) {
      if (values.remove === true) throw new UsageError("gateway key --remove needs the NAME of the key");
      const keys = (await readGatewayKeys(file)).map((key) => ({ name: key.name, accessKey: key.accessKey }));
      const lines = keys.map((key) => `${key.name}  ${key.accessKey}`);
      return { text: lines.length === 0 ? "There is no key yet." : lines.join("\n"), data: { file, keys } };
    }
    if (values.remove === true) {
      await removeGatewayKey(file, name);
      return { text: `The key ${name} is of no use any more.`, data: { file, name, removed: true } };
    }
    const { accessKey } = await addGatewayKey(file, name);
    return { text: `${name}  ${accessKey}\nIts secret is in ${file}.`, data: { file, name, accessKey } };
  },
};
