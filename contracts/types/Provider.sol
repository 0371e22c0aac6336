// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

/// @dev A provider's public price. Nobody is obliged by it; quotes and offers oblige.
struct Ask {
    /// Base units per GiB (2^30 bytes of padded elements) and proving window.
    uint128 storagePrice;
    /// Base units per piece sent.
    uint128 retrievalPrice;
    uint16 minWindows;
    uint16 maxWindows;
    uint8 minM;
    uint8 maxM;
    bool accepting;
}

struct Profile {
    /// libp2p peer id, its multihash bytes (at most 64).
    bytes peerId;
    /// Multiaddrs as text, separated by commas (at most 1,024 bytes).
    string addresses;
    /// ISO 3166-1 alpha-2, or zero.
    bytes2 region;
    /// Bytes that the provider is willing to hold.
    uint64 capacity;
}

struct ProviderView {
    address provider;
    Profile profile;
    Ask ask;
    uint128 stake;
    uint64 offerEpoch;
    bool suspended;
    /// Of the lane, as both sides say; zero for none.
    address operator;
}

/// @dev Of a deployment, for ever.
struct RegistryParameters {
    /// Base units.
    uint128 minimumStake;
    /// Blocks.
    uint40 unbondingDelay;
}
