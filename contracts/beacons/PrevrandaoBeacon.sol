// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {IBeacon} from "../interfaces/IBeacon.sol";
import {IRecordingBeacon} from "../interfaces/IRecordingBeacon.sol";
import {BlockHashes} from "../libraries/BlockHashes.sol";
import {BlockHeaders} from "../libraries/BlockHeaders.sol";

/// @title The consensus layer's randomness (EIP-4399), by header proof
/// @notice `randomnessAt(b)` is `prevrandao` of block b + DELAY. That of block b itself is fixed by whoever signed block
/// b - 1, while its transactions could still change what b draws from; with a delay of 1 the last reveal that counts is
/// block b's own, whose transactions come too late. What its proposer can do is to leave the block out: one bit for the
/// price of a block, and none for those that do not propose. docs/randomness.md compares beacons.
/// Warning: only for chains whose blocks carry a RANDAO; elsewhere the field is zero, a constant or the sequencer's choice.
contract PrevrandaoBeacon is IRecordingBeacon {
    /// @dev The chain's field is zero, which everybody would know in advance.
    error BeaconZeroRandomness(uint256 blockNumber);
    error BeaconDelayTooLong(uint256 lifetime, uint256 delay);

    /// @notice In blocks.
    uint256 public immutable DELAY;
    uint256 private immutable LIFETIME;

    mapping(uint256 blockNumber => bytes32) private _randomness; // slot 0

    constructor(uint256 delay) {
        uint256 lifetime_ = BlockHashes.lifetime();
        require(delay < lifetime_, BeaconDelayTooLong(lifetime_, delay));
        (DELAY, LIFETIME) = (delay, lifetime_ - delay);
    }

    /// @notice Keeps the randomness of the block whose header is given for good. By anyone, before the chain forgets the
    /// block's hash; again it does nothing.
    /// @param header RLP as it is hashed.
    /// @return blockNumber What `randomnessAt` now answers for: DELAY before the header's own.
    function record(bytes calldata header) external returns (uint256 blockNumber) {
        BlockHeaders.Fields memory fields = BlockHeaders.prove(header);
        require(fields.prevRandao != 0, BeaconZeroRandomness(fields.number));
        blockNumber = fields.number - DELAY;
        if (_randomness[blockNumber] != 0) return blockNumber;
        _randomness[blockNumber] = fields.prevRandao;
        emit RandomnessRecorded(blockNumber, fields.prevRandao);
    }

    /// @inheritdoc IBeacon
    function randomnessAt(uint256 blockNumber) external view returns (bytes32 randomness) {
        randomness = _randomness[blockNumber];
        require(randomness != 0, BeaconNotRecorded(blockNumber));
    }

    /// @inheritdoc IBeacon
    /// @dev The time there is for recording; what is recorded stays.
    function lifetime() external view returns (uint256) {
        return LIFETIME;
    }
}
