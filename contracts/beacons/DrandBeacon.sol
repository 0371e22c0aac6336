// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {IBeacon} from "../interfaces/IBeacon.sol";
import {IRecordingBeacon} from "../interfaces/IRecordingBeacon.sol";
import {BlockHashes} from "../libraries/BlockHashes.sol";
import {BlockHeaders} from "../libraries/BlockHeaders.sol";
import {Bls12381, G1} from "../libraries/Bls12381.sol";

/// @title drand's quicknet (League of Entropy), scheme bls-unchained-g1-rfc9380
/// @notice `randomnessAt(b)` is that of the first round published more than DELAY seconds after block b's own time. A round is
/// the threshold signature of its number: nobody can choose it, and below the threshold nobody knows it before its time.
/// What remains is the block's time, which its producer states. docs/randomness.md compares beacons.
/// Parameters: chain hash 52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971, as drand published them in
/// github.com/drand/website, docs/blog/2023-10-16-quicknet-is-live.md.
contract DrandBeacon is IRecordingBeacon {
    /// @dev The signature is not that of the round.
    error DrandSignatureInvalid(uint64 round);
    error BeaconDelayTooLong(uint256 lifetime, uint256 delay);

    /// @notice When round 1 was published, and the seconds between rounds.
    uint256 public constant GENESIS = 1_692_803_367;
    uint256 public constant PERIOD = 3;

    bytes private constant DOMAIN = "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_";
    /// @dev 83cf0f28...5ece45a, uncompressed: x and y, each real part first.
    bytes private constant PUBLIC_KEY =
        hex"000000000000000000000000000000000d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"
        hex"0000000000000000000000000000000003cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451"
        hex"000000000000000000000000000000000e5db2b6bfbb01c867749cadffca88b36c24f3012ba09fc4d3022c5c37dce0f977d3adb5d183c7477c442b1f04515273"
        hex"0000000000000000000000000000000001a714f2edb74119a2f2b0d5a7c75ba902d163700a61bc224ededd8e63aef7be1aaf8e93d7a9718b047ccddb3eb5d68b";

    /// @notice In seconds.
    uint256 public immutable DELAY;
    uint256 private immutable LIFETIME;

    mapping(uint256 blockNumber => bytes32) private _randomness; // slot 0

    constructor(uint256 delay) {
        LIFETIME = BlockHashes.lifetime();
        // Blocks are a second apart at the least: a round that comes later than that could not be recorded any more.
        require(delay + PERIOD < LIFETIME, BeaconDelayTooLong(LIFETIME, delay));
        DELAY = delay;
        Bls12381.hashToG1("", DOMAIN); // reverts on a chain without EIP-2537
    }

    /// @notice Keeps the randomness of the block whose header is given for good. By anyone, before the chain forgets the
    /// block's hash; again it does nothing.
    /// @param header RLP as it is hashed.
    /// @param signature That of `roundAfter` the block's time, uncompressed.
    function record(bytes calldata header, G1 calldata signature) external {
        BlockHeaders.Fields memory fields = BlockHeaders.prove(header);
        if (_randomness[fields.number] != 0) return;
        bytes32 randomness = randomnessOf(roundAfter(fields.timestamp), signature);
        _randomness[fields.number] = randomness;
        emit RandomnessRecorded(fields.number, randomness);
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

    /// @notice The first round that is published later than DELAY seconds after `timestamp`.
    function roundAfter(uint256 timestamp) public view returns (uint64) {
        uint256 time = timestamp + DELAY;
        return time < GENESIS ? 1 : uint64((time - GENESIS) / PERIOD + 2);
    }

    /// @notice The randomness that drand published for the round: sha256 of the compressed signature. Reverts for another
    /// signature than the round's only one.
    function randomnessOf(uint64 round, G1 calldata signature) public view returns (bytes32) {
        bytes memory message = abi.encodePacked(sha256(abi.encodePacked(round)));
        require(Bls12381.verify(signature, message, PUBLIC_KEY, DOMAIN), DrandSignatureInvalid(round));
        return sha256(Bls12381.compress(signature));
    }
}
