// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.6;

include "lib/opening.circom";
include "lib/digest.circom";
include "lib/horner.circom";

// Proves that the prover knows K openings of 8-ary Poseidon trees whose vector w = (root_1, position_1, ..., root_K,
// position_K) has the Poseidon digest c and takes the value v at r.
// Public:  c, v, r, in this order (two outputs, then the input).
// Private: leaf, index, active, children: the K openings.
// The caller must ensure that r is a hash of c and of the vector w it expects, and that v is that vector's value at r:
// then the prover's w is the caller's. TAG is the domain: its lowest 16 bits are zero and take K and D.
template SpacetimeProof(K, D, TAG) {
    assert(K >= 1 && K < 256 && D < 256);
    signal input r;
    signal input leaf[K];
    signal input index[K];
    signal input active[K][D];
    signal input children[K][D][8];
    signal output c;
    signal output v;

    signal w[2 * K];
    component openings[K];
    for (var i = 0; i < K; i++) {
        openings[i] = Opening(D);
        openings[i].leaf <== leaf[i];
        openings[i].index <== index[i];
        openings[i].active <== active[i];
        openings[i].children <== children[i];
        w[2 * i] <== openings[i].root;
        w[2 * i + 1] <== openings[i].position;
    }

    c <== Digest(2 * K, TAG + K * 256 + D)(w);
    v <== Horner(2 * K)(w, r);
}
