import { HoldfastError } from "../../common/errors.ts";
import { readFileIndex } from "../../physical/file-index.ts";

/**
 * A capability as it is, or that of the newest file stored under the name or deal key: other users of a machine see the
 * arguments of every command, so that an owner need not write the secret there.
 */
export async function capabilityOf(folder: string, text: string): Promise<string> {
  if (/^hf\d+[a-z]+1/.test(text)) return text;
  const found = (await readFileIndex(folder)).findLast(
    (file) => [text, `${text}/`].includes(file.name) || file.dealKey === text,
  );
  if (found !== undefined) return found.capability;
  throw new HoldfastError(
    "UNKNOWN_FILE",
    `This is neither a capability nor the name of a file stored from ${folder}; see \`holdfast client ls\`.`,
  );
}
