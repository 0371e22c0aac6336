// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

/// @dev A signed cumulative payment (EIP-712): the provider may draw up to `cumulative` base units in this life of the channel.
struct Voucher {
    address payer;
    address provider;
    /// Raised at every close, so that an old voucher is worthless in a reopened channel.
    uint64 epoch;
    uint128 cumulative;
}

struct SignedVoucher {
    Voucher voucher;
    bytes signature;
}

struct Channel {
    uint128 deposit;
    uint128 redeemed;
    uint64 epoch;
    /// Block from which the payer may take the rest; 0 while nobody closes.
    uint40 closableAt;
}

/// @title Retrieval payments: one channel per (payer, provider)
interface IPaymentChannels {
    event ChannelFunded(address indexed payer, address indexed provider, uint64 epoch, uint256 amount, uint256 deposit);
    event VoucherRedeemed(address indexed payer, address indexed provider, uint64 epoch, uint256 cumulative, uint256 paid);
    event ChannelClosing(address indexed payer, address indexed provider, uint64 epoch, uint40 closableAt);
    event ChannelClosed(address indexed payer, address indexed provider, uint64 epoch, uint256 returned);

    /// @notice PAYER: opens or tops up many channels from the caller's vault account.
    /// Cancels a close that was started: a provider that sees the top-up has the whole delay ahead of it again.
    function fund(address[] calldata providers, uint128[] calldata amounts) external;

    /// @notice ANYONE: pays each voucher's increase to its provider's vault account; what is not due (another epoch, nothing
    /// new, a signature that is not the payer's, an empty channel) pays 0 and never stops the rest.
    /// Warning: a payer that is a contract can take its ERC-1271 word back; extend no credit on such a signature.
    function redeem(SignedVoucher[] calldata vouchers) external returns (uint256[] memory paid);

    /// @notice PAYER: starts the close delay, in which the provider may still redeem.
    function startClose(address provider) external;

    /// @notice PAYER: after the delay, takes the rest.
    function close(address provider) external;

    /// @notice PROVIDER: closes at once and returns the rest to the payer.
    function closeAsProvider(address payer) external;

    function channelOf(address payer, address provider) external view returns (Channel memory);
    function hashVoucher(Voucher calldata voucher) external view returns (bytes32 digest);
    function CLOSE_DELAY() external view returns (uint256);
}
