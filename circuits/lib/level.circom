// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.6;

include "circomlib/circuits/poseidon.circom";

// Proves that `current` is child number `digit` of the node whose eight children are `children`, and passes that
// node's hash on; where `active` is 0 it proves nothing and passes `current` on.
// Public:  nothing (a building block).
// Private: current, children.
// The caller must ensure that `active` and the three bits of `digit` (lowest first) are 0 or 1.
template Level() {
    signal input current;
    signal input digit[3];
    signal input children[8];
    signal input active;
    signal output parent;

    signal pairs[4];
    for (var i = 0; i < 4; i++) {
        pairs[i] <== children[2 * i] + digit[0] * (children[2 * i + 1] - children[2 * i]);
    }
    signal halves[2];
    for (var i = 0; i < 2; i++) {
        halves[i] <== pairs[2 * i] + digit[1] * (pairs[2 * i + 1] - pairs[2 * i]);
    }
    signal chosen <== halves[0] + digit[2] * (halves[1] - halves[0]);
    active * (chosen - current) === 0;

    signal hash <== Poseidon(8)(children);
    parent <== current + active * (hash - current);
}
