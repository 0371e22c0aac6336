/** Lanes of the model that belong to one operator: declared by the lane, accepted by the operator (registry/OperatorLinks.sol). */
import { type Address, zeroAddress } from "viem";
import { type Call, put, requireThat, take } from "./call.ts";
import { providerOf } from "./state.ts";

/** PROVIDER: names its operator; the zero address for nobody. */
export function declareOperator(call: Call, operator: Address): void {
  requireThat(providerOf(call.state, call.caller).registered, "RegistryNotRegistered");
  requireThat(operator !== call.caller, "OperatorIsLane");
  put(call, call.state.operators, call.caller, { operator, accepted: false });
}

/** OPERATOR */
export function acceptLanes(call: Call, lanes: readonly Address[]): void {
  for (const lane of lanes) {
    requireDeclared(call, lane);
    put(call, call.state.operators, lane, { operator: call.caller, accepted: true });
  }
}

/** OPERATOR */
export function renounceLane(call: Call, lane: Address): void {
  requireDeclared(call, lane);
  take(call, call.state.operators, lane);
}

/** For a lane that is no provider any more. */
export function unlink(call: Call, lane: Address): void {
  take(call, call.state.operators, lane);
}

function requireDeclared({ state, caller }: Call, lane: Address): void {
  requireThat((state.operators.get(lane)?.operator ?? zeroAddress) === caller, "OperatorNotDeclared");
}
