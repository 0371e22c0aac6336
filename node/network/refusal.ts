import { HoldfastError } from "../common/errors.ts";

/**
 * A failure that the peer may read. Any other error stays in this node's log: its sentence may hold a path or an RPC
 * address with a key in it.
 */
export class Refusal extends HoldfastError {
  override readonly name = "Refusal";
}
