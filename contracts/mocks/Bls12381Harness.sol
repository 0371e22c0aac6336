// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Bls12381, G1} from "../libraries/Bls12381.sol";

/// @title The BLS library, callable: what a second implementation is compared with
contract Bls12381Harness {
    function hashToG1(bytes calldata message, bytes calldata dst) external view returns (bytes memory) {
        return Bls12381.hashToG1(message, dst);
    }

    function compress(G1 calldata point) external pure returns (bytes memory) {
        return Bls12381.compress(point);
    }
}
