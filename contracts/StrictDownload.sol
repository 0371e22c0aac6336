// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IStorageMarket} from "./interfaces/IStorageMarket.sol";
import {IStrictDownload} from "./interfaces/IStrictDownload.sol";
import {IVault} from "./interfaces/IVault.sol";
import {DataRoots} from "./libraries/DataRoots.sol";
import {Masks} from "./libraries/Masks.sol";
import {Replicas} from "./libraries/Replicas.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {Bucket} from "./types/Bucket.sol";
import {Filling, Offer} from "./types/Deal.sol";
import {BadGroup, DownloadSession, DownloadStatus} from "./types/Download.sol";

/// @title Strict download
/// @dev One word per session, under the digest that both signed; all else comes in calldata and is checked against it.
contract StrictDownload is IStrictDownload, EIP712 {
    bytes32 public constant SESSION_TYPEHASH = keccak256(
        "DownloadSession(address buyer,address seller,bytes32 session,bytes32 dataRoot,uint32 groups,uint32 first,uint32 count,bytes32 cipherRoot,bytes32 keyHash,uint128 price,uint40 revealBy,uint40 disputeUntil)"
    );

    /// @dev Basis points in a whole.
    uint256 private constant WHOLE = 10_000;
    /// @dev Far beyond any sensible wait, and far below what a block number of 40 bits can take.
    uint256 public constant MAX_DISPUTE_BLOCKS = 2 ** 32;

    IVault public immutable VAULT;
    IStorageMarket public immutable MARKET;
    uint256 public immutable PROTOCOL_FEE_BPS;
    /// @inheritdoc IStrictDownload
    uint256 public immutable DISPUTE_BLOCKS;

    // slots 0 and 1: EIP712, for names that do not fit a word
    /// @inheritdoc IStrictDownload
    mapping(bytes32 id => DownloadStatus) public statusOf; // slot 2

    /// @param market may be an address that gets its code later.
    constructor(IVault vault, IStorageMarket market, uint256 protocolFeeBps, uint256 disputeBlocks)
        EIP712("Holdfast StrictDownload", "1")
    {
        require(protocolFeeBps <= WHOLE, DownloadFeeAboveWhole(WHOLE, protocolFeeBps));
        require(
            disputeBlocks != 0 && disputeBlocks <= MAX_DISPUTE_BLOCKS,
            DownloadDisputeBlocks(MAX_DISPUTE_BLOCKS, disputeBlocks)
        );
        (VAULT, MARKET) = (vault, market);
        (PROTOCOL_FEE_BPS, DISPUTE_BLOCKS) = (protocolFeeBps, disputeBlocks);
    }

    // ---------------------------------------------------------------- BOTH

    /// @inheritdoc IStrictDownload
    function open(
        DownloadSession calldata session,
        Filling calldata filling,
        bytes calldata buyerSignature,
        bytes calldata sellerSignature
    ) external returns (bytes32 id) {
        id = _expect(session, DownloadStatus.None);
        uint256 groups = session.groups;
        require(
            session.count != 0 && uint256(session.first) + session.count <= groups,
            DownloadRange(groups, session.first, session.count)
        );
        _notAfter(session.revealBy);
        // A seller that reveals in the last block must leave the buyer time to look, and to get a transaction in.
        uint256 least = session.revealBy + DISPUTE_BLOCKS;
        require(session.disputeUntil >= least, DownloadDisputeTooShort(least, session.disputeUntil));

        Replicas.requireActive(MARKET, filling);
        Offer calldata replica = filling.offer;
        require(replica.provider == session.seller, DownloadWrongSeller(replica.provider, session.seller));
        require(replica.dataRoot == session.dataRoot, DownloadWrongDataRoot(replica.dataRoot, session.dataRoot));
        require(replica.groups == groups, DownloadWrongGroups(replica.groups, groups));
        require(Signatures.isValid(session.buyer, id, buyerSignature), DownloadBadSignature(session.buyer));
        require(Signatures.isValid(session.seller, id, sellerSignature), DownloadBadSignature(session.seller));

        statusOf[id] = DownloadStatus.Open;
        emit DownloadOpened(id, session.buyer, session.seller, session);
        VAULT.lock(Bucket.Escrows, session.buyer, session.price);
    }

    // ---------------------------------------------------------------- SELLER

    /// @inheritdoc IStrictDownload
    function reveal(DownloadSession calldata session, bytes32 key) external {
        bytes32 id = _expect(session, DownloadStatus.Open);
        _notAfter(session.revealBy);
        _requireKey(session, key);
        statusOf[id] = DownloadStatus.Revealed;
        emit DownloadKeyRevealed(id, key);
    }

    // ---------------------------------------------------------------- BUYER

    /// @inheritdoc IStrictDownload
    function dispute(DownloadSession calldata session, bytes32 key, BadGroup calldata bad) external {
        bytes32 id = _expect(session, DownloadStatus.Revealed);
        _notAfter(session.disputeUntil);
        _requireKey(session, key);
        require(bad.index < session.count, DownloadGroupOutside(session.count, bad.index));
        require(
            bad.cipher.length == DataRoots.GROUP_BYTES, DownloadWrongLength(DataRoots.GROUP_BYTES, bad.cipher.length)
        );
        bytes32 found =
            DataRoots.rootFrom(DataRoots.leafOf(bad.cipher), bad.index, session.count, bad.cipherPath);
        require(found == session.cipherRoot, DownloadWrongCipher(session.cipherRoot, found));
        // Without the true leaf, any path that fits nothing would win.
        uint256 group = uint256(session.first) + bad.index;
        found = DataRoots.rootFrom(bad.leaf, group, session.groups, bad.leafPath);
        require(found == session.dataRoot, DownloadWrongLeaf(session.dataRoot, found));
        bytes32 leaf = DataRoots.leafOf(Masks.applied(key, session.session, group, bad.cipher));
        require(leaf != bad.leaf, DownloadGroupIsGood(leaf));
        _return(id, session, true);
    }

    // ---------------------------------------------------------------- ANYONE

    /// @inheritdoc IStrictDownload
    function pay(DownloadSession calldata session) external {
        bytes32 id = _expect(session, DownloadStatus.Revealed);
        _after(session.disputeUntil);
        statusOf[id] = DownloadStatus.Paid;
        uint256 fee = feeOf(session.price);
        emit DownloadPaid(id, session.seller, session.price - fee, fee);
        VAULT.burn(Bucket.Escrows, fee);
        VAULT.release(Bucket.Escrows, session.seller, session.price - fee);
    }

    /// @inheritdoc IStrictDownload
    function giveBack(DownloadSession calldata session) external {
        bytes32 id = _expect(session, DownloadStatus.Open);
        _after(session.revealBy);
        _return(id, session, false);
    }

    // ---------------------------------------------------------------- VIEW

    /// @inheritdoc IStrictDownload
    function hashSession(DownloadSession calldata session) public view returns (bytes32 id) {
        return _hashTypedDataV4(keccak256(abi.encode(SESSION_TYPEHASH, session)));
    }

    /// @inheritdoc IStrictDownload
    function feeOf(uint256 price) public view returns (uint256) {
        return Math.ceilDiv(price * PROTOCOL_FEE_BPS, WHOLE);
    }

    // ---------------------------------------------------------------- inner

    function _expect(DownloadSession calldata session, DownloadStatus expected) private view returns (bytes32 id) {
        id = hashSession(session);
        DownloadStatus found = statusOf[id];
        require(found == expected, DownloadWrongStatus(expected, found));
    }

    function _notAfter(uint256 lastBlock) private view {
        require(block.number <= lastBlock, DownloadTooLate(lastBlock, block.number));
    }

    function _after(uint256 lastBlock) private view {
        require(block.number > lastBlock, DownloadTooEarly(lastBlock, block.number));
    }

    function _requireKey(DownloadSession calldata session, bytes32 key) private pure {
        bytes32 found = keccak256(abi.encode(key));
        require(found == session.keyHash, DownloadWrongKey(session.keyHash, found));
    }

    function _return(bytes32 id, DownloadSession calldata session, bool disputed) private {
        statusOf[id] = DownloadStatus.Returned;
        emit DownloadReturned(id, session.buyer, session.price, disputed);
        VAULT.release(Bucket.Escrows, session.buyer, session.price);
    }
}
