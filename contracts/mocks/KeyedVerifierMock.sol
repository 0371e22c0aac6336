// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {VerifyingKey} from "../types/VerifyingKey.sol";

/// @title A verifier that shows any key it is given, sound or not
contract KeyedVerifierMock {
    VerifyingKey private _key;

    function show(VerifyingKey calldata key) external {
        _key = key;
    }

    function verifyingKey() external view returns (VerifyingKey memory) {
        return _key;
    }
}
