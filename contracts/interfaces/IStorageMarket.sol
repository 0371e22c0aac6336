// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Filling, Offer, SlotState, Terms} from "../types/Deal.sol";
import {Reserve, Stewardship} from "../types/Market.sol";
import {IDealChanges} from "./IDealChanges.sol";
import {IDealOpening} from "./IDealOpening.sol";
import {ISettling} from "./ISettling.sol";

/// @title Deals: opened in one transaction, paid from the bitmap, ended by rules that everybody can recompute
interface IStorageMarket is ISettling, IDealOpening, IDealChanges {
    /// @dev This part of the code was made for another market.
    error MarketForeignHalf(address half);
    error MarketCoolingOffOver(uint256 coolingOff, uint256 closed);
    error MarketNotSettled(uint256 end, uint256 settled);
    error MarketNothingToRelease();
    /// @dev No closed window is left to settle below `end`.
    error MarketNothingDue(uint256 settled, uint256 end);

    /// @dev The price of the windows behind `end` waits in escrow for a refill.
    event SlotForfeited(bytes32 indexed dealKey, address indexed provider, uint8 slot, uint16 end, uint256 penalty);
    event SlotCancelled(bytes32 indexed dealKey, address indexed provider, uint8 slot, uint16 end, uint256 refunded, uint256 fee);
    event SlotDropped(bytes32 indexed dealKey, address indexed provider, uint8 slot, uint16 end, uint256 refunded);
    event SlotReleased(bytes32 indexed dealKey, address indexed provider, uint8 slot, uint256 collateral);

    /// @param escrow Price of the windows that a failed or forfeited slot never reached; the client's again.
    /// @param bonus Of a failure or forfeit, that no repairer earned; burned.
    event SlotReclaimed(bytes32 indexed dealKey, address indexed client, uint8 slot, uint256 escrow, uint256 bonus);

    /// @notice CLIENT: leaves a slot early for the fee that the terms state.
    function cancel(Filling calldata filling, bytes32 salt, Terms calldata terms) external;

    /// @notice CLIENT: leaves a slot within the cooling-off without a reason or a fee.
    function drop(Filling calldata filling, bytes32 salt, Terms calldata terms) external;

    /// @notice PROVIDER: gives a slot up; costs less than failing or hiding and more than keeping the bytes. The price of what
    /// remains waits for a refill.
    function forfeit(Filling calldata filling) external;

    /// @notice ANYONE: pays proven windows, returns missed ones, for at most `maxWindows` closed windows.
    function settle(Filling calldata filling, uint64 maxWindows) external;

    /// @notice ANYONE: `settle` for many; skips what is not due and says which.
    function settleMany(Filling[] calldata fillings, uint64 maxWindows) external returns (bool[] memory done);

    /// @notice ANYONE: once all windows are settled, returns the collateral. CLIENT: of a failed slot, or of a forfeited one that
    /// was released, takes back what waits for a refill; the bonus burns. ANYONE, later: pays a bonus that was earned, or
    /// burns one that can be earned no more.
    function release(Filling calldata filling) external;

    /// @notice ANYONE: returns the collaterals of slots whose windows are all settled; skips what is not due and says which.
    function releaseMany(Filling[] calldata fillings) external returns (bool[] memory done);

    /// @notice AUTHORITY: stops openDeal and fillSlots, and nothing that pays or ends.
    function pause() external;
    function unpause() external;

    function dealKeyOf(address client, bytes32 salt, Terms calldata terms) external pure returns (bytes32);
    function replicaIdOf(bytes32 dealKey, uint8 slot, uint8 generation) external pure returns (bytes32);
    function hashOffer(Offer calldata offer) external view returns (bytes32 digest);
    function slotOf(bytes32 dealKey, uint8 slot) external view returns (SlotState memory);

    /// @notice Where the filling's slot stands, and whether this filling, and no earlier one, is what fills it. One that is genuine
    /// is the truth about provider, roots, size and price, whoever shows it.
    function stateOf(Filling calldata filling) external view returns (bool genuine, SlotState memory state);
    function reserveOf(bytes32 dealKey, uint8 slot) external view returns (Reserve memory);
    /// @notice Who refilled the slot last, and gets the bonus once the replica has earned it.
    function refillerOf(bytes32 dealKey, uint8 slot) external view returns (address);
    function stewardshipOf(bytes32 dealKey) external view returns (Stewardship memory);
    function headerHashOf(bytes32 dealKey) external view returns (bytes32);
}
