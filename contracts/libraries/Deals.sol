// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {IDealOpening} from "../interfaces/IDealOpening.sol";
import {Filling, Offer, SlotOffer, Terms} from "../types/Deal.sol";
import {Slots} from "./Slots.sol";

/// @title Identities of deals, and what terms and offers must look like before anything is asked about their signers
library Deals {
    /// @dev 48 slots fit a transaction (16,777,216 gas) even if every provider is a contract that burns all the gas its
    /// signature check is given.
    uint256 internal constant MAX_SLOTS = 48;

    /// @dev The most base units of a price or a collateral: what failures of all 128 generations of a slot put aside for its
    /// next refill stays below 2^112.
    uint256 internal constant MAX_MONEY = 2 ** 104 - 1;

    /// @dev Order of the scalar field of BN254.
    uint256 internal constant FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617;

    bytes32 internal constant OFFER_TYPEHASH = keccak256(
        "Offer(address provider,address client,bytes32 dealKey,uint8 slot,uint8 generation,bytes32 root,bytes32 dataRoot,uint8 m,uint32 groups,uint128 price,uint128 collateral,uint40 expiry,uint64 epoch)"
    );

    /// @dev keccak256(abi.encode(client, salt, keccak256(abi.encode(terms)))), copied instead of encoded field by field: bits
    /// that do not belong to a field only make the hash of no deal.
    function keyOf(address client, bytes32 salt, Terms calldata terms) internal pure returns (bytes32 key) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, terms, 0x120)
            let termsHash := keccak256(free, 0x120)
            mstore(free, client)
            mstore(add(free, 0x20), salt)
            mstore(add(free, 0x40), termsHash)
            key := keccak256(free, 0x60)
        }
    }

    function replicaIdOf(bytes32 dealKey, uint8 slot, uint8 generation) internal pure returns (bytes32) {
        return keccak256(abi.encode(dealKey, slot, generation));
    }

    /// @notice EIP-712 struct hash.
    /// @dev keccak256(abi.encode(OFFER_TYPEHASH, offer)), copied like the terms.
    function hash(Offer calldata offer) internal pure returns (bytes32 digest) {
        bytes32 typehash = OFFER_TYPEHASH;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typehash)
            calldatacopy(add(free, 0x20), offer, 0x1a0)
            digest := keccak256(free, 0x1c0)
        }
    }

    /// @notice The same for an offer in memory.
    function hashOf(Offer memory offer) internal pure returns (bytes32 digest) {
        bytes32 typehash = OFFER_TYPEHASH;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typehash)
            mcopy(add(free, 0x20), offer, 0x1a0)
            digest := keccak256(free, 0x1c0)
        }
    }

    /// @notice Fills in what `short` says of `offer`: all but its client, its dealKey and its generation.
    /// @dev Copied, which costs a fifth of decoding it. Like the decoder it refuses bits that do not belong to a field: a
    /// signature over them would be one for an offer that nobody can show again.
    function read(Offer memory offer, SlotOffer calldata short) internal pure {
        assembly ("memory-safe") {
            calldatacopy(offer, short, 0x20) // provider
            calldatacopy(add(offer, 0x60), add(short, 0x20), 0x20) // slot
            calldatacopy(add(offer, 0xa0), add(short, 0x40), 0x100) // root .. epoch
            let alien := or(shr(160, mload(offer)), shr(8, or(mload(add(offer, 0x60)), mload(add(offer, 0xe0)))))
            alien := or(alien, shr(32, mload(add(offer, 0x100))))
            alien := or(alien, shr(128, or(mload(add(offer, 0x120)), mload(add(offer, 0x140)))))
            alien := or(alien, or(shr(40, mload(add(offer, 0x160))), shr(64, mload(add(offer, 0x180)))))
            if alien { revert(0, 0) }
        }
    }

    /// @notice What the replica's record keeps of its filling: the first 24 bytes of keccak256(abi.encode(offer's struct hash,
    /// firstWindow)). A collision costs 2^96 hashes.
    function tagOf(bytes32 offerHash, uint256 firstWindow) internal pure returns (bytes24 tag) {
        assembly ("memory-safe") {
            mstore(0x00, offerHash)
            mstore(0x20, firstWindow)
            tag := and(keccak256(0x00, 0x40), not(0xffffffffffffffff))
        }
    }

    function tagOf(Filling calldata filling) internal pure returns (bytes24) {
        return tagOf(hash(filling.offer), filling.firstWindow);
    }

    /// @param challenges K of the deployment.
    function checkTerms(Terms calldata terms, uint256 challenges) internal pure {
        uint256 windows = terms.windows;
        _within("slots", 1, MAX_SLOTS, terms.slots);
        _within("threshold", 1, terms.slots, terms.threshold);
        _within("minChallenges", 0, challenges, terms.minChallenges);
        _within("windows", 1, Slots.MAX_WINDOWS, windows);
        // Fewer would let three lost blocks on the way to a chain fail an honest replica.
        _within("maxMisses", 3 + windows / 20, windows, terms.maxMisses);
        _within("coolingOff", 0, windows, terms.coolingOff);
        _within("minWindows", 0, windows, terms.minWindows);
        _within("cancelFeeWindows", 0, windows, terms.cancelFeeWindows);
    }

    /// @param maxM_ Largest size that the circuit can open.
    function checkOffer(Offer memory offer, uint256 slots, uint256 maxM_) internal pure {
        uint256 m = offer.m;
        uint256 groups = offer.groups;
        uint256 root = uint256(offer.root);
        // All of it at once, and only what is wrong gets looked for: a deal has many offers.
        if (
            offer.slot < slots && m >= 13 && m <= maxM_ && groups != 0 && groups << 9 <= 1 << m && root != 0 && root < FIELD
                && offer.price <= MAX_MONEY && offer.collateral <= MAX_MONEY
        ) return;
        _explain(offer, slots, maxM_);
    }

    /// @dev Says what `checkOffer` found; reverts in any case.
    function _explain(Offer memory offer, uint256 slots, uint256 maxM_) private pure {
        uint8 slot = offer.slot;
        require(slot < slots, IDealOpening.DealOfferMalformed(slot, "slot", slots - 1, slot));
        checkSize(slot, offer.m, offer.groups, maxM_);
        checkRoot(slot, offer.root);
        checkMoney(slot, offer.price, offer.collateral);
    }

    function checkSize(uint8 slot, uint8 m, uint32 groups, uint256 maxM_) internal pure {
        require(m >= 13, IDealOpening.DealOfferMalformed(slot, "m", 13, m));
        require(m <= maxM_, IDealOpening.DealOfferMalformed(slot, "m", maxM_, m));
        require(
            groups != 0 && uint256(groups) << 9 <= 1 << m,
            IDealOpening.DealOfferMalformed(slot, "groups", (1 << m) >> 9, groups)
        );
    }

    function checkRoot(uint8 slot, bytes32 root) internal pure {
        require(
            root != 0 && uint256(root) < FIELD,
            IDealOpening.DealOfferMalformed(slot, "root", FIELD - 1, uint256(root))
        );
    }

    /// @notice The largest size that a circuit of `levels` opens.
    function maxM(uint256 levels) internal pure returns (uint256) {
        return levels < 9 ? 3 * levels : 27;
    }

    function checkMoney(uint8 slot, uint128 price, uint128 collateral) internal pure {
        require(price <= MAX_MONEY, IDealOpening.DealOfferMalformed(slot, "price", MAX_MONEY, price));
        require(
            collateral <= MAX_MONEY, IDealOpening.DealOfferMalformed(slot, "collateral", MAX_MONEY, collateral)
        );
    }

    function _within(string memory term, uint256 least, uint256 most, uint256 found) private pure {
        require(least <= found && found <= most, IDealOpening.DealTermOutOfRange(term, least, most, found));
    }
}
