// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Filling} from "../types/Deal.sol";
import {BadGroup, DownloadSession, DownloadStatus} from "../types/Download.sol";

/// @title Strict download: for a buyer that does not trust the seller
/// @notice The seller delivers the range masked, both sign, the buyer's price is locked, the seller reveals the key on chain, and
/// the price waits until the buyer could show a group that does not unmask to the replica's dataRoot.
/// Every session has money of its own: a key that never comes blocks neither vouchers nor other sessions.
/// Warning: a dispute costs its gas (gas.json). A range should be priced above that, or cheating on it is not worth a dispute.
interface IStrictDownload {
    error DownloadFeeAboveWhole(uint256 whole, uint256 found);
    error DownloadDisputeBlocks(uint256 most, uint256 found);
    error DownloadWrongStatus(DownloadStatus expected, DownloadStatus found);
    /// @dev The range is empty or ends beyond the replica.
    error DownloadRange(uint256 groups, uint256 first, uint256 count);
    error DownloadTooLate(uint256 lastBlock, uint256 blockNumber);
    error DownloadTooEarly(uint256 lastBlock, uint256 blockNumber);
    error DownloadDisputeTooShort(uint256 least, uint256 found);
    error DownloadWrongSeller(address expected, address found);
    error DownloadWrongDataRoot(bytes32 expected, bytes32 found);
    error DownloadWrongGroups(uint256 expected, uint256 found);
    error DownloadBadSignature(address signer);
    error DownloadWrongKey(bytes32 expected, bytes32 found);
    error DownloadGroupOutside(uint256 count, uint256 found);
    error DownloadWrongLength(uint256 expected, uint256 found);
    error DownloadWrongCipher(bytes32 expected, bytes32 found);
    error DownloadWrongLeaf(bytes32 expected, bytes32 found);
    /// @dev The disputed group is what the chain knows.
    error DownloadGroupIsGood(bytes32 leaf);

    event DownloadOpened(bytes32 indexed id, address indexed buyer, address indexed seller, DownloadSession session);
    event DownloadKeyRevealed(bytes32 indexed id, bytes32 key);
    /// @param fee Burned out of the price.
    event DownloadPaid(bytes32 indexed id, address indexed seller, uint256 paid, uint256 fee);
    event DownloadReturned(bytes32 indexed id, address indexed buyer, uint256 amount, bool disputed);

    /// @notice ANYONE with both signatures: locks the price from the buyer's vault account. `replica` is the offer behind an
    /// active slot of the market; its dataRoot, size and provider must be the session's.
    /// Warning: opening and revealing are two transactions on purpose. In one, the key would be in sight while the buyer could
    /// still withdraw.
    /// @return id The session's EIP-712 digest; it never opens again.
    function open(
        DownloadSession calldata session,
        Filling calldata filling,
        bytes calldata buyerSignature,
        bytes calldata sellerSignature
    ) external returns (bytes32 id);

    /// @notice SELLER, or whoever knows the key: puts it on chain, until `revealBy`.
    function reveal(DownloadSession calldata session, bytes32 key) external;

    /// @notice ANYONE: shows a group that does not unmask to the dataRoot, until `disputeUntil`; the price goes back to the buyer.
    function dispute(DownloadSession calldata session, bytes32 key, BadGroup calldata bad) external;

    /// @notice ANYONE: after `disputeUntil`, pays the seller.
    function pay(DownloadSession calldata session) external;

    /// @notice ANYONE: after `revealBy` without a key, returns the price to the buyer.
    function giveBack(DownloadSession calldata session) external;

    function statusOf(bytes32 id) external view returns (DownloadStatus);
    function hashSession(DownloadSession calldata session) external view returns (bytes32 id);
    /// @notice What is burned of a session's price, rounded up.
    function feeOf(uint256 price) external view returns (uint256);
    /// @notice Blocks that must lie between the last one for the key and the last one for a dispute.
    function DISPUTE_BLOCKS() external view returns (uint256);
}
