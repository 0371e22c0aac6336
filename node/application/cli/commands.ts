// The table of all commands, in the order of --help.

import { audit } from "./audit.ts";
import { clientAudit } from "./client-audit.ts";
import { clientBackup } from "./client-backup.ts";
import { clientCat } from "./client-cat.ts";
import { clientGet } from "./client-get.ts";
import { clientHistory } from "./client-history.ts";
import { clientLs } from "./client-ls.ts";
import { clientPin } from "./client-pin.ts";
import { clientPut } from "./client-put.ts";
import { clientRenew } from "./client-renew.ts";
import { clientRepair } from "./client-repair.ts";
import { clientRestore } from "./client-restore.ts";
import { clientRm } from "./client-rm.ts";
import { clientShare } from "./client-share.ts";
import { clientStat } from "./client-stat.ts";
import { clientStatus } from "./client-status.ts";
import { clientSteward } from "./client-steward.ts";
import type { Command } from "./command.ts";
import { doctor } from "./doctor.ts";
import { gateway } from "./gateway.ts";
import { gatewayKey } from "./gateway-key.ts";
import { orderPost } from "./order-post.ts";
import { orderStatus } from "./order-status.ts";
import { orderClose, orderSteps } from "./order-steps.ts";
import { providerInit } from "./provider-init.ts";
import { providerLeave } from "./provider-leave.ts";
import { providerPause } from "./provider-pause.ts";
import { providerResume } from "./provider-resume.ts";
import { providerRun } from "./provider-run.ts";
import { providerStatus } from "./provider-status.ts";
import { settle } from "./settle.ts";
import { stewardRun } from "./steward-run.ts";
import { walletClose } from "./wallet-close.ts";
import { walletNew } from "./wallet-new.ts";
import { walletShow } from "./wallet-show.ts";
import { walletWithdraw } from "./wallet-withdraw.ts";

export const commands: readonly Command[] = [
  walletNew,
  walletShow,
  walletWithdraw,
  walletClose,
  providerInit,
  providerRun,
  providerStatus,
  providerPause,
  providerResume,
  providerLeave,
  clientPut,
  clientGet,
  clientCat,
  clientLs,
  clientStat,
  clientStatus,
  clientPin,
  clientShare,
  clientAudit,
  clientRepair,
  clientRenew,
  clientRm,
  clientHistory,
  clientSteward,
  clientBackup,
  clientRestore,
  stewardRun,
  gateway,
  gatewayKey,
  orderPost,
  orderStatus,
  ...orderSteps,
  orderClose,
  settle,
  audit,
  doctor,
];
