/** A profile and an ask that the registry takes, for tests that are about something else. */

export const PROFILE = {
  peerId: "0x0024080112201ec5bb7a2c3b3f1dbc4a0d1e6f3c2b1a0908070605040302010f0e0d0c0b0a09",
  addresses: "/ip4/127.0.0.1/tcp/4001",
  region: "0x4445",
  capacity: 2n ** 40n,
} as const;

export const ASK = {
  storagePrice: 10n ** 15n,
  retrievalPrice: 10n ** 12n,
  minWindows: 1,
  maxWindows: 1000,
  minM: 13,
  maxM: 20,
  accepting: true,
} as const;
