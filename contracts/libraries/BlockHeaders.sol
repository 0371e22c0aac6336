// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Memory} from "@openzeppelin/contracts/utils/Memory.sol";
import {RLP} from "@openzeppelin/contracts/utils/RLP.sol";
import {IRecordingBeacon} from "../interfaces/IRecordingBeacon.sol";
import {BlockHashes} from "./BlockHashes.sol";

/// @title Fields of a past block, out of its header
/// @notice The chain knows a block's hash only; who brings the header that has this hash brings true fields.
library BlockHeaders {
    using RLP for Memory.Slice;

    /// @dev Places in the list (Ethereum yellow paper, section 4.4; EIP-4399 keeps prevRandao where mixHash was).
    uint256 private constant NUMBER = 8;
    uint256 private constant TIMESTAMP = 11;
    uint256 private constant PREV_RANDAO = 13;

    struct Fields {
        uint256 number;
        uint256 timestamp;
        bytes32 prevRandao;
    }

    /// @notice Reverts unless the bytes are the header of a block that this chain remembers.
    function prove(bytes memory header) internal view returns (Fields memory fields) {
        Memory.Slice[] memory list = RLP.decodeList(header);
        // The number is only a claim until the hash of that block says so.
        fields.number = list[NUMBER].readUint256();
        (bytes32 expected, bytes32 found) = (BlockHashes.hashOf(fields.number), keccak256(header));
        // A block that is forgotten has the hash 0, which no header has.
        require(expected == found, IRecordingBeacon.BeaconHeaderUnknown(fields.number, expected, found));
        fields.timestamp = list[TIMESTAMP].readUint256();
        fields.prevRandao = list[PREV_RANDAO].readBytes32();
    }
}
