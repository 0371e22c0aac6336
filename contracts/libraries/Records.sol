// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {ReplicaRecord, ReplicaStatus} from "../types/Spacetime.sol";
import {Counts} from "./Counts.sol";

/// @dev What a lane knows of one of its roots, in one storage word; zero if it never held it.
type RecordWord is uint256;

using Records for RecordWord global;

/// @title One replica's record in one word
/// @notice Status in bits 0 .. 1, index within its class in 2 .. 18, class (m - 13) in 19 .. 22, first window in 24 .. 63, tag in
/// 64 .. 255. Packed by hand: the compiler would give every field whole bytes, and the tag would not fit.
library Records {
    uint256 private constant INDEX = 2;
    uint256 private constant CLASS = 19;
    uint256 private constant FIRST_WINDOW = 24;
    uint256 private constant TAG = 64;
    uint256 private constant STATUS_MASK = 3;

    /// @dev The caller must ensure that m is a class and that index fits its 17 bits, as a class's count does.
    function active(bytes24 tag_, uint256 firstWindow_, uint256 m_, uint256 index_) internal pure returns (RecordWord) {
        return RecordWord.wrap(
            uint256(bytes32(tag_)) | (firstWindow_ << FIRST_WINDOW) | ((m_ - Counts.MIN_CLASS) << CLASS) | (index_ << INDEX)
                | uint256(ReplicaStatus.Active)
        );
    }

    function status(RecordWord word) internal pure returns (ReplicaStatus) {
        return ReplicaStatus(RecordWord.unwrap(word) & STATUS_MASK);
    }

    function index(RecordWord word) internal pure returns (uint256) {
        return (RecordWord.unwrap(word) >> INDEX) & Counts.MAX_COUNT;
    }

    function m(RecordWord word) internal pure returns (uint256) {
        return ((RecordWord.unwrap(word) >> CLASS) & 15) + Counts.MIN_CLASS;
    }

    function firstWindow(RecordWord word) internal pure returns (uint256) {
        return uint40(RecordWord.unwrap(word) >> FIRST_WINDOW);
    }

    function tag(RecordWord word) internal pure returns (bytes24) {
        return bytes24(bytes32(RecordWord.unwrap(word)));
    }

    function withStatus(RecordWord word, ReplicaStatus status_) internal pure returns (RecordWord) {
        return RecordWord.wrap((RecordWord.unwrap(word) & ~STATUS_MASK) | uint256(status_));
    }

    function withIndex(RecordWord word, uint256 index_) internal pure returns (RecordWord) {
        return RecordWord.wrap((RecordWord.unwrap(word) & ~(Counts.MAX_COUNT << INDEX)) | (index_ << INDEX));
    }

    function withTag(RecordWord word, bytes24 tag_) internal pure returns (RecordWord) {
        return RecordWord.wrap(uint64(RecordWord.unwrap(word)) | uint256(bytes32(tag_)));
    }

    function view_(RecordWord word) internal pure returns (ReplicaRecord memory) {
        // A root that the lane never held has no class.
        bool known = status(word) != ReplicaStatus.Unknown;
        return ReplicaRecord({
            tag: tag(word),
            firstWindow: uint40(firstWindow(word)),
            m: known ? uint8(m(word)) : 0,
            index: uint24(index(word)),
            status: status(word)
        });
    }
}
