import { callOf, withClient } from "./client-session.ts";
import type { Command } from "./command.ts";

export const doctor: Command = {
  name: "doctor",
  summary: "Check chain, market, clock, key, money, disk and providers; every line is ok or says what to do.",
  usage: "[--rpc URL] [--market ADDRESS]",
  example: "holdfast doctor --home ./alice --password-file ./alice.password",
  options: {},
  async run(args, io) {
    const findings = await withClient(args, io, (client) => client.doctor(callOf(io)));
    const width = Math.max(...findings.map(({ check }) => check.length));
    const lines = findings.map(({ check, ok, text }) => `${ok ? "ok " : "NOT"}  ${check.padEnd(width)}  ${text}`);
    const failed = findings.some(({ ok }) => !ok);
    return { text: lines.join("\n"), data: { ok: !failed, findings }, failed };
  },
};
