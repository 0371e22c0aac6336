// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @dev A contract account: signs with its owner's key and acts for it, or spoils what it is asked.
contract WalletMock is IERC1271 {
    enum Mood {
        Honest,
        /// Says yes to everything.
        Yes,
        Reverts,
        /// Burns all gas that it is given.
        Burns,
        /// Answers with a flood of bytes that begin with yes.
        Floods
    }

    address public immutable OWNER;
    Mood public mood;

    constructor(address owner) {
        OWNER = owner;
    }

    function turn(Mood mood_) external {
        mood = mood_;
    }

    function perform(address target, bytes calldata data) external {
        Address.functionCall(target, data);
    }

    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
        if (mood == Mood.Yes) return IERC1271.isValidSignature.selector;
        // solhint-disable-next-line reason-string,gas-custom-errors
        if (mood == Mood.Reverts) revert();
        if (mood == Mood.Burns) while (true) {}
        if (mood == Mood.Floods) {
            bytes4 magic = IERC1271.isValidSignature.selector;
            assembly ("memory-safe") {
                mstore(0x00, magic)
                return(0x00, 40000)
            }
        }
        return ECDSA.recoverCalldata(digest, signature) == OWNER ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}
