// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IProviderRegistry} from "./interfaces/IProviderRegistry.sol";
import {IReferencePrice} from "./interfaces/IReferencePrice.sol";
import {ISpacetimeProofs} from "./interfaces/ISpacetimeProofs.sol";
import {IVault} from "./interfaces/IVault.sol";
import {PriceTicks} from "./libraries/PriceTicks.sol";
import {Bucket} from "./types/Bucket.sol";
import {ReferenceParameters} from "./types/Reference.sol";

/// @title The reference price
/// @dev Utilisation is the stake that all bags require over the stake that lies in the registry. Moving it costs stake that is
/// bound for the unbonding delay, or replicas with their fees; and however far somebody moves it, a period moves the price by
/// PriceTicks.STEP at most. What is recorded acts on later periods only, so that nobody chooses the past.
contract ReferencePrice is IReferencePrice {
    /// @dev 31 bytes an element over 2^30 bytes.
    uint256 private constant ELEMENT_BYTES = 31;

    IVault public immutable VAULT;
    IProviderRegistry public immutable REGISTRY;
    ISpacetimeProofs public immutable SPACETIME;
    uint256 public immutable LEAST_PRICE;
    /// @notice Blocks in a step of the price.
    uint256 public immutable PERIOD;
    /// @notice The block from which periods are counted.
    uint256 public immutable START = block.number;
    /// @dev Copied from SPACETIME, where it is immutable.
    uint256 private immutable BETA;

    // slot 0
    /// @notice Periods until the last call, and what it left.
    uint40 public period;
    uint16 public tick;
    uint16 public utilisation;

    constructor(
        IVault vault,
        IProviderRegistry registry,
        ISpacetimeProofs spacetime,
        ReferenceParameters memory parameters
    ) {
        require(parameters.leastPrice != 0, ReferenceLeastPrice());
        require(parameters.startTick <= PriceTicks.MOST, ReferenceStart(PriceTicks.MOST, parameters.startTick));
        (VAULT, REGISTRY, SPACETIME) = (vault, registry, spacetime);
        (LEAST_PRICE, tick) = (parameters.leastPrice, parameters.startTick);
        (PERIOD, BETA) = (spacetime.PERIOD(), spacetime.BETA());
        utilisation = uint16(PriceTicks.TARGET);
    }

    // ---------------------------------------------------------------- ANYONE

    /// @inheritdoc IReferencePrice
    function poke() public {
        (uint256 periods, uint256 reached) = _now();
        uint256 used = _utilisation();
        (period, tick, utilisation) = (uint40(periods), uint16(reached), uint16(used));
        emit ReferencePoked(periods, reached, used);
    }

    /// @inheritdoc IReferencePrice
    function range(uint8 m, uint256 most) external returns (uint128 floor, uint128 cap) {
        poke();
        uint256 window = Math.ceilDiv(_priceOf(tick) * ELEMENT_BYTES << m, 1 << 30);
        uint256 twice = Math.min(2 * window, most);
        return (uint128(Math.min(window / 2, twice)), uint128(twice));
    }

    // ---------------------------------------------------------------- VIEW

    /// @inheritdoc IReferencePrice
    function price() external view returns (uint256) {
        (, uint256 reached) = _now();
        return _priceOf(reached);
    }

    // ---------------------------------------------------------------- inner

    function _now() private view returns (uint256 periods, uint256 reached) {
        periods = (block.number - START) / PERIOD;
        reached = PriceTicks.moved(tick, periods - period, utilisation);
    }

    /// @dev The price rests while nobody has staked anything: there is nothing to follow.
    function _utilisation() private view returns (uint256) {
        uint256 staked = VAULT.held(address(REGISTRY), Bucket.Stakes);
        if (staked == 0) return PriceTicks.TARGET;
        uint256 required = Math.ceilDiv(32 * BETA * SPACETIME.totalWeight(), 1 << 64);
        return Math.min(required * PriceTicks.WHOLE / staked, PriceTicks.WHOLE);
    }

    function _priceOf(uint256 tick_) private view returns (uint256) {
        return (LEAST_PRICE * PriceTicks.factor(tick_)) >> 96;
    }
}
