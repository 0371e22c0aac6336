// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

/// @dev Coordinates below the field's order, each in two words: the upper 128 bits, then the lower 256 (EIP-2537).
struct G1 {
    uint256 xHigh;
    uint256 xLow;
    uint256 yHigh;
    uint256 yLow;
}

/// @title BLS signatures on G1 of BLS12-381, by the precompiles of EIP-2537
/// @notice Sources: EIP-2537; RFC 9380 (hashing to the curve), suite BLS12381G1_XMD:SHA-256_SSWU_RO_.
library Bls12381 {
    /// @dev The chain has no EIP-2537, or refuses what it was given: a coordinate too large, a point off the curve.
    error BlsPrecompileFailed(address precompile);

    address private constant MODEXP = address(0x05);
    address private constant G1_ADD = address(0x0b);
    address private constant PAIRING = address(0x0f);
    address private constant MAP_TO_G1 = address(0x10);

    /// @dev p, the order of the coordinates' field, and (p - 1) / 2.
    uint256 private constant P_HIGH = 0x1a0111ea397fe69a4b1ba7b6434bacd7;
    uint256 private constant P_LOW = 0x64774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab;
    uint256 private constant HALF_HIGH = 0x0d0088f51cbff34d258dd3db21a5d66b;
    uint256 private constant HALF_LOW = 0xb23ba5c279c2895fb39869507b587b120f55ffff58a9ffffdcff7fffffffd555;

    /// @dev The generator of G2, negated: x and y, each real part first.
    bytes private constant NEGATED_G2 =
        hex"00000000000000000000000000000000024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8"
        hex"0000000000000000000000000000000013e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e"
        hex"000000000000000000000000000000000d1b3cc2c7027888be51d9ef691d77bcb679afda66c73f17f9ee3837a55024f78c71363275a75d75d86bab79f74782aa"
        hex"0000000000000000000000000000000013fa4d4a0ad8b1ce186ed5061789213d993923066dddaf1040bc3ff59f825c78df74f2d75467e25e0f55f8a00fa030ed";

    /// @notice Whether e(signature, g2) = e(H(message), key). The precompile refuses what is not in the right subgroup, so
    /// that a message has exactly one signature; the point at infinity is none.
    /// @param key 256 bytes: x and y over Fp2, each real part first, each part 64 bytes.
    /// @param dst Domain of the hash, at most 255 bytes.
    function verify(G1 memory signature, bytes memory message, bytes memory key, bytes memory dst)
        internal
        view
        returns (bool)
    {
        bytes memory answer =
            _call(PAIRING, abi.encodePacked(abi.encode(signature), NEGATED_G2, hashToG1(message, dst), key), 32);
        return uint256(bytes32(answer)) == 1;
    }

    /// @notice The message's point: 128 bytes.
    function hashToG1(bytes memory message, bytes memory dst) internal view returns (bytes memory) {
        bytes32[4] memory uniform = _expand(message, dst);
        bytes memory first = _call(MAP_TO_G1, _toField(uniform[0], uniform[1]), 128);
        bytes memory second = _call(MAP_TO_G1, _toField(uniform[2], uniform[3]), 128);
        return _call(G1_ADD, abi.encodePacked(first, second), 128);
    }

    /// @notice The point's 48 bytes as signatures are published: x, with what tells y from -y in the three highest bits.
    function compress(G1 memory point) internal pure returns (bytes memory) {
        bool larger = point.yHigh > HALF_HIGH || (point.yHigh == HALF_HIGH && point.yLow > HALF_LOW);
        uint256 flags = larger ? 0xa0 : 0x80;
        return abi.encodePacked(bytes16(uint128(point.xHigh | (flags << 120))), point.xLow);
    }

    /// @dev expand_message_xmd of RFC 9380, section 5.3.1, to 128 bytes.
    function _expand(bytes memory message, bytes memory dst) private pure returns (bytes32[4] memory uniform) {
        bytes memory suffix = abi.encodePacked(dst, uint8(dst.length));
        bytes32 start = sha256(abi.encodePacked(new bytes(64), message, uint16(128), uint8(0), suffix));
        bytes32 chained;
        for (uint8 i; i < 4; ++i) {
            chained = sha256(abi.encodePacked(start ^ chained, i + 1, suffix));
            uniform[i] = chained;
        }
    }

    /// @dev A number of 64 bytes modulo p.
    function _toField(bytes32 high, bytes32 low) private view returns (bytes memory) {
        return _call(
            MODEXP, abi.encode(uint256(64), uint256(32), uint256(64), high, low, uint256(1), P_HIGH, P_LOW), 64
        );
    }

    /// @dev An address without code answers every call with nothing: the length tells.
    function _call(address precompile, bytes memory input, uint256 length) private view returns (bytes memory output) {
        bool ok;
        (ok, output) = precompile.staticcall(input);
        require(ok && output.length == length, BlsPrecompileFailed(precompile));
    }
}
