// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.1.6;

include "lib/label.circom";
include "lib/digest.circom";
include "lib/horner.circom";

// Proves that the prover knows K labels with their six parents each, whose vector w = (root_1, id_1, places_1, ..., root_K,
// id_K, places_K) has the Poseidon digest c and takes the value v at r.
// Public:  c, v, r, in this order (two outputs, then the input).
// Private: id, leaf, index, active, children: the K labels.
// The caller must ensure that r is a hash of c and of the vector w it expects, and that v is that vector's value at r: then
// the prover's w is the caller's, which names sector, place and parents. TAG is the domain: its lowest 16 bits are zero and
// take K and D.
template CapacityProof(K, D, TAG) {
    assert(K >= 1 && K < 256 && D < 256);
    signal input r;
    signal input id[K];
    signal input leaf[K][7];
    signal input index[K][7];
    signal input active[K][D];
    signal input children[K][7][D][8];
    signal output c;
    signal output v;

    signal w[3 * K];
    component labels[K];
    for (var i = 0; i < K; i++) {
        labels[i] = Label(D);
        labels[i].id <== id[i];
        labels[i].leaf <== leaf[i];
        labels[i].index <== index[i];
        labels[i].active <== active[i];
        labels[i].children <== children[i];
        w[3 * i] <== labels[i].root;
        w[3 * i + 1] <== id[i];
        w[3 * i + 2] <== labels[i].places;
    }

    c <== Digest(3 * K, TAG + K * 256 + D)(w);
    v <== Horner(3 * K)(w, r);
}
