/** The part of snarkjs's curve library (0.3.1) that the key generator uses; the package brings no types. */
declare module "ffjavascript" {
  export type WasmGroup = {
    /** The generator as two coordinates, little-endian Montgomery. */
    readonly gAffine: Uint8Array;
    readonly F: { readonly n8: number };
    toAffine(point: Uint8Array): Uint8Array;
    timesScalar(point: Uint8Array, scalar: bigint): Uint8Array;
    neg(point: Uint8Array): Uint8Array;
    add(a: Uint8Array, b: Uint8Array): Uint8Array;
    eq(a: Uint8Array, b: Uint8Array): boolean;
    isZero(point: Uint8Array): boolean;
    fromObject(coordinates: unknown): Uint8Array;
    toObject(point: Uint8Array): unknown[];
  };
  export type WasmCurve = {
    readonly G1: WasmGroup;
    readonly G2: WasmGroup;
    readonly tm: {
      readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
      readonly instance: { readonly exports: Record<string, (...parameters: number[]) => number> };
    };
    terminate(): Promise<void>;
  };
  export function buildBn128(singleThread?: boolean): Promise<WasmCurve>;
}
