// The table of all commands, in the order of --help.

import type { Command } from "./command.ts";
import { settle } from "./settle.ts";
import { walletNew } from "./wallet-new.ts";
import { walletShow } from "./wallet-show.ts";

export const commands: readonly Command[] = [walletNew, walletShow, settle];
