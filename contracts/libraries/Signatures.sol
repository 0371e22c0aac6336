// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title Who signed a digest: an account's key, or an account's contract
library Signatures {
    /// @dev What one signer's contract may burn, so that a hostile one cannot eat the gas of the batch it stands in.
    uint256 internal constant ERC1271_GAS = 200_000;

    /// @notice ECDSA first, so that an account with delegated code (EIP-7702) keeps its key; ERC-1271 otherwise.
    /// High-s and compact signatures are refused: a digest has one signature per key, though nothing may identify by it.
    /// Warning: too little gas also makes an ERC-1271 answer `false`; a caller may skip on `false`, never punish.
    function isValid(address signer, bytes32 digest, bytes calldata signature) internal view returns (bool) {
        (address recovered, ECDSA.RecoverError failure,) = ECDSA.tryRecoverCalldata(digest, signature);
        if (failure == ECDSA.RecoverError.NoError && recovered == signer) return true;
        return signer.code.length != 0 && _isValidContractSignature(signer, digest, signature);
    }

    /// @dev Assembly, because only 32 bytes of the answer may be copied: the answer's length is the signer's choice.
    function _isValidContractSignature(address signer, bytes32 digest, bytes calldata signature)
        private
        view
        returns (bool valid)
    {
        bytes memory data = abi.encodeCall(IERC1271.isValidSignature, (digest, signature));
        bytes4 magic = IERC1271.isValidSignature.selector;
        assembly ("memory-safe") {
            let success := staticcall(ERC1271_GAS, signer, add(data, 0x20), mload(data), 0x00, 0x20)
            valid := and(success, and(gt(returndatasize(), 0x1f), eq(mload(0x00), magic)))
        }
    }
}
