/** The history contract of EIP-2935, whose code a test gives to a chain: Hardhat has none of its own and runs no system calls. */

export const HISTORY = "0x0000F90827F1C53a10cb7A02335B175320002935";
export const HISTORY_CODE =
  "0x3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500";
