// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.36;

/// @title Which lanes are one operator's, said by both sides
/// @notice A lane holds only so much and so many replicas; larger operators run several, each an identity with a bag, a stake and a window
/// of its own. A link tells clients so that they need not trust one operator twice. It moves no money and gives no right.
/// Warning: nobody is forced to declare anything. That two lanes are not linked says nothing.
interface IOperatorLinks {
    error OperatorIsLane(address lane);
    error OperatorNotDeclared(address lane, address expected, address found);

    /// @param operator Zero: nobody any more. What was accepted before is over either way.
    event OperatorDeclared(address indexed lane, address indexed operator);
    event OperatorAccepted(address indexed lane, address indexed operator);
    event OperatorRenounced(address indexed lane, address indexed operator);

    /// @notice PROVIDER: names the operator of the caller's lane, zero for none. Counts once the operator accepts.
    function declareOperator(address operator) external;

    /// @notice OPERATOR: accepts lanes that name the caller.
    function acceptLanes(address[] calldata lanes) external;

    /// @notice OPERATOR: takes an acceptance back, or refuses it before it is given.
    function renounceLane(address lane) external;

    /// @notice The operator that both sides agree on; zero for none.
    function operatorOf(address lane) external view returns (address);

    /// @notice What the lane says, whether or not the operator agrees.
    function declaredOperatorOf(address lane) external view returns (address);
}
