// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Ask, Profile} from "../types/Provider.sol";

error ProfilePeerIdLength(uint256 most, uint256 found);
error ProfileAddressesLength(uint256 most, uint256 found);
error ProfileRegion(bytes2 found);
error AskSizes(uint8 minM, uint8 maxM);
error AskWindows(uint16 minWindows, uint16 maxWindows);

/// @title What a provider may publish: bounded, so that no reader of the list can be choked by an entry
library Profiles {
    uint256 internal constant MAX_PEER_ID = 64;
    uint256 internal constant MAX_ADDRESSES = 1024;
    /// @dev One piece, and the largest tree of the deepest circuit.
    uint8 internal constant LEAST_M = 13;
    uint8 internal constant MOST_M = 27;

    function validate(Profile calldata profile) internal pure {
        uint256 length = profile.peerId.length;
        require(length != 0 && length <= MAX_PEER_ID, ProfilePeerIdLength(MAX_PEER_ID, length));
        length = bytes(profile.addresses).length;
        require(length <= MAX_ADDRESSES, ProfileAddressesLength(MAX_ADDRESSES, length));
        bytes2 region = profile.region;
        require(region == 0 || (_isCapital(region[0]) && _isCapital(region[1])), ProfileRegion(region));
    }

    function validate(Ask calldata ask) internal pure {
        require(LEAST_M <= ask.minM && ask.minM <= ask.maxM && ask.maxM <= MOST_M, AskSizes(ask.minM, ask.maxM));
        require(ask.minWindows <= ask.maxWindows, AskWindows(ask.minWindows, ask.maxWindows));
    }

    function _isCapital(bytes1 letter) private pure returns (bool) {
        return letter >= "A" && letter <= "Z";
    }
}
