// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

/// @dev What a buyer and a seller sign about one masked delivery (EIP-712). The domain names chain and contract.
struct DownloadSession {
    address buyer;
    /// The provider of the replica that the bytes come from.
    address seller;
    /// Random, so that two deliveries of the same range are two sessions.
    bytes32 session;
    /// Of the replica, as its active slot in the market has it.
    bytes32 dataRoot;
    /// Groups of the replica.
    uint32 groups;
    /// First group of the range.
    uint32 first;
    /// Groups in the range.
    uint32 count;
    /// dataRoot of the masked groups, as if they were a replica of `count` groups.
    bytes32 cipherRoot;
    /// keccak256 of the key, whose 32 bytes are fresh for every session.
    bytes32 keyHash;
    /// Base units for the whole range, the protocol fee included.
    uint128 price;
    /// Last block in which the key may be revealed.
    uint40 revealBy;
    /// Last block in which a group may be disputed.
    uint40 disputeUntil;
}

enum DownloadStatus {
    None,
    /// The price is locked, the key is not out.
    Open,
    /// The key is out, the price waits.
    Revealed,
    /// The seller has the price.
    Paid,
    /// The buyer has it back.
    Returned
}

/// @dev One group of a session that does not unmask to what the chain knows.
struct BadGroup {
    /// Place in the range, from 0.
    uint32 index;
    /// The group's 15,872 bytes as they were delivered.
    bytes cipher;
    /// From the masked group to the cipher root.
    bytes32[] cipherPath;
    /// Leaf hash of the true group `first + index`.
    bytes32 leaf;
    /// From that leaf to the replica's dataRoot.
    bytes32[] leafPath;
}
