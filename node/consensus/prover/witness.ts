/**
 * Runs a circuit's WASM: inputs in, the assignment of all wires out. Source: the witness_calculator.js that circom 2.2
 * writes beside it. snarkjs's own runner compiles the program anew every time, reserves 2 GiB for a memory that circom 2
 * never uses, and prints what fails.
 */
import { HoldfastError } from "../../common/errors.ts";

/** Inputs by name: decimal strings, in arrays as deep as the circuit declares them. */
export type CircuitInput = Readonly<Record<string, unknown>>;

export type Witness = {
  /** All wires, 32 little-endian bytes each; the first is the constant 1, then come the public signals. */
  readonly values: Uint8Array;
  /** The same as a .wtns file of snarkjs. */
  readonly file: Uint8Array;
};

type Program = {
  init(sanityCheck: number): void;
  getInputSize(): number;
  getInputSignalSize(high: number, low: number): number;
  setInputSignal(high: number, low: number, position: number): void;
  getWitnessSize(): number;
  getWitness(index: number): void;
  getRawPrime(): void;
  getMessageChar(): number;
  readSharedRWMemory(word: number): number;
  writeSharedRWMemory(word: number, value: number): void;
};

const WORDS = 8;

/**
 * The function throws HoldfastError WITNESS_INVALID, with circom's own words as `reason`, if the inputs do not fit or do
 * not satisfy the circuit.
 */
export async function openWitnessProgram(wasm: Uint8Array): Promise<(input: CircuitInput) => Promise<Witness>> {
  const module = await WebAssembly.compile(wasm);
  return async (input) => {
    // A new instance each time: one that has thrown is in the middle of something.
    let reason = "";
    const message = () => {
      if (reason !== "") reason += "; ";
      for (let code = program.getMessageChar(); code !== 0; code = program.getMessageChar()) {
        reason += String.fromCharCode(code);
      }
    };
    const refuse = () => {
      throw invalid(reason);
    };
    const ignore = () => {};
    const runtime = {
      exceptionHandler: refuse,
      printErrorMessage: message,
      writeBufferMessage: ignore,
      showSharedRWMemory: ignore,
    };
    const instance = await WebAssembly.instantiate(module, { runtime });
    const program = instance.exports as Program;
    program.init(1);
    let given = 0;
    for (const [name, value] of Object.entries(input)) given += setSignal(program, name, value);
    if (given !== program.getInputSize()) throw invalid(`${given} of ${program.getInputSize()} inputs were given`);
    return collect(program);
  };
}

/** c, v, r of the spacetime circuit. */
export function publicSignalsOf({ values }: Witness): [c: bigint, v: bigint, r: bigint] {
  const wire = (index: number) => {
    const bytes = Buffer.from(values.subarray(32 * index, 32 * index + 32)).reverse();
    return BigInt(`0x${bytes.toString("hex")}`);
  };
  return [wire(1), wire(2), wire(3)];
}

function setSignal(program: Program, name: string, value: unknown): number {
  const [high, low] = nameHash(name);
  const values = [value].flat(Number.POSITIVE_INFINITY).map((text) => BigInt(text as string));
  if (program.getInputSignalSize(high, low) !== values.length) {
    throw invalid(`the circuit does not take ${values.length} values for ${name}`);
  }
  values.forEach((rest, position) => {
    for (let word = 0; word < WORDS; word++, rest >>= 32n) {
      program.writeSharedRWMemory(word, Number(rest & 0xffffffffn));
    }
    program.setInputSignal(high, low, position);
  });
  return values.length;
}

function collect(program: Program): Witness {
  const size = program.getWitnessSize();
  const head = new Uint32Array([0x736e7477, 2, 2, 1, 40, 0, 32, ...new Array(WORDS).fill(0), size, 2, 32 * size, 0]);
  const file = new Uint32Array(head.length + WORDS * size);
  file.set(head);
  program.getRawPrime();
  const take = (offset: number) => {
    for (let word = 0; word < WORDS; word++) file[offset + word] = program.readSharedRWMemory(word);
  };
  take(7);
  for (let wire = 0; wire < size; wire++) {
    program.getWitness(wire);
    take(head.length + WORDS * wire);
  }
  return { values: new Uint8Array(file.buffer, head.byteLength), file: new Uint8Array(file.buffer) };
}

/** FNV-1a, 64 bits: the name of a signal in the program. */
function nameHash(name: string): [high: number, low: number] {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(name)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return [Number(hash >> 32n), Number(hash & 0xffffffffn)];
}

function invalid(reason: string): HoldfastError {
  const message = "The openings do not satisfy the circuit: a path does not lead where its index says.";
  return new HoldfastError("WITNESS_INVALID", message, { details: { reason } });
}
