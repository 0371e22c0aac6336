/** The part of circomlibjs 0.1.7 that the tests use; the package brings no types. */
declare module "circomlibjs" {
  export function buildPoseidonOpt(): Promise<{
    (inputs: readonly bigint[], state: Uint8Array): Uint8Array;
    readonly F: { e(value: bigint): Uint8Array; toObject(value: Uint8Array): bigint };
  }>;
}
