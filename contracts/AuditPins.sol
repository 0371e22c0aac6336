// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {IAuditPins} from "./interfaces/IAuditPins.sol";
import {ISpacetimeProofs} from "./interfaces/ISpacetimeProofs.sol";
import {IStorageMarket} from "./interfaces/IStorageMarket.sol";
import {IVault} from "./interfaces/IVault.sol";
import {Replicas} from "./libraries/Replicas.sol";
import {Bucket} from "./types/Bucket.sol";
import {Filling, Offer, SlotState} from "./types/Deal.sol";
import {PinBid} from "./types/Pin.sol";

/// @title Audit pins
/// @dev Who may pin and for how much is decided here; what a pin does to the draws is SpacetimeProofs' (libraries/Pins.sol).
contract AuditPins is IAuditPins {
    /// @dev A quarter of fewer challenges is no draw.
    uint256 private constant LEAST_CHALLENGES = 4;

    IVault public immutable VAULT;
    IStorageMarket public immutable MARKET;
    ISpacetimeProofs public immutable SPACETIME;
    /// @inheritdoc IAuditPins
    uint256 public immutable MINIMUM_FEE;

    mapping(address provider => PinBid) private _bids; // slot 0

    constructor(IVault vault, IStorageMarket market, ISpacetimeProofs spacetime, uint128 minimumFee) {
        // Twice nothing is nothing: any pin could be outbid for free.
        require(minimumFee != 0, PinMinimumFeeZero());
        (VAULT, MARKET, SPACETIME, MINIMUM_FEE) = (vault, market, spacetime, minimumFee);
    }

    // ---------------------------------------------------------------- CLIENT

    /// @inheritdoc IAuditPins
    function pin(Filling calldata filling, uint128 fee) external {
        Offer calldata replica = filling.offer;
        require(msg.sender == replica.client, PinNotClient(replica.client, msg.sender));
        uint256 challenges = SPACETIME.CHALLENGES();
        require(challenges >= LEAST_CHALLENGES, PinNoDraws(LEAST_CHALLENGES, challenges));
        SlotState memory state = Replicas.requireActive(MARKET, filling);
        uint40 window = _nextWindow(replica.provider);
        // A slot stays active until somebody releases it, but nobody pays for its bytes after the last window.
        uint256 end = uint256(filling.firstWindow) + state.end;
        require(window < end, PinReplicaOver(end, window));
        uint256 needed = _leastFee(replica.provider, window);
        require(fee >= needed, PinFeeTooLow(needed, fee));

        _bids[replica.provider] = PinBid({fee: fee, window: window});
        emit ReplicaPinned(replica.provider, window, replica.root, msg.sender, fee);
        SPACETIME.pin(replica.provider, window, replica.root);
        VAULT.lock(Bucket.Bonds, msg.sender, fee);
        VAULT.burn(Bucket.Bonds, fee);
    }

    // ---------------------------------------------------------------- VIEW

    /// @inheritdoc IAuditPins
    function leastFee(address provider) external view returns (uint256) {
        return _leastFee(provider, _nextWindow(provider));
    }

    /// @inheritdoc IAuditPins
    function bidOf(address provider) external view returns (PinBid memory) {
        return _bids[provider];
    }

    // ---------------------------------------------------------------- inner

    function _nextWindow(address provider) private view returns (uint40) {
        return SPACETIME.nextOpening(provider, block.number);
    }

    function _leastFee(address provider, uint40 window) private view returns (uint256) {
        PinBid memory bid = _bids[provider];
        return bid.fee != 0 && bid.window == window ? 2 * uint256(bid.fee) : MINIMUM_FEE;
    }
}
