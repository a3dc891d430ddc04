// Writes WebAssembly modules in the binary format; knows nothing of what they compute.

export type ValueType = 'i32' | 'f32' | 'f64' | 'v128';

const valueTypes = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b } satisfies Record<ValueType, number>;

/** Instructions without operands of their own. From 0xfd00 on: SIMD, whose number follows the prefix. */
const plain = {
  else: 0x05,
  end: 0x0b,
  drop: 0x1a,
  select: 0x1b,
  'i32.eqz': 0x45,
  'i32.eq': 0x46,
  'i32.ne': 0x47,
  'i32.lt_s': 0x48,
  'i32.lt_u': 0x49,
  'f32.eq': 0x5b,
  'f32.ne': 0x5c,
  'f32.lt': 0x5d,
  'f64.eq': 0x61,
  'f64.ne': 0x62,
  'f64.lt': 0x63,
  'i32.add': 0x6a,
  'i32.sub': 0x6b,
  'i32.mul': 0x6c,
  'i32.div_s': 0x6d,
  'i32.div_u': 0x6e,
  'i32.rem_s': 0x6f,
  'i32.rem_u': 0x70,
  'i32.and': 0x71,
  'i32.or': 0x72,
  'i32.xor': 0x73,
  'i32.shl': 0x74,
  'i32.shr_s': 0x75,
  'i32.shr_u': 0x76,
  'f32.abs': 0x8b,
  'f32.neg': 0x8c,
  'f32.floor': 0x8e,
  'f32.sqrt': 0x91,
  'f32.add': 0x92,
  'f32.sub': 0x93,
  'f32.mul': 0x94,
  'f32.div': 0x95,
  'f32.min': 0x96,
  'f32.max': 0x97,
  'f64.abs': 0x99,
  'f64.neg': 0x9a,
  'f64.floor': 0x9c,
  'f64.sqrt': 0x9f,
  'f64.add': 0xa0,
  'f64.sub': 0xa1,
  'f64.mul': 0xa2,
  'f64.div': 0xa3,
  'f64.min': 0xa4,
  'f64.max': 0xa5,
  'f32.convert_i32_s': 0xb2,
  'f32.demote_f64': 0xb6,
  'f64.convert_i32_s': 0xb7,
  'f64.promote_f32': 0xbb,
  'i32.reinterpret_f32': 0xbc,
  'f32.reinterpret_i32': 0xbe,
  'i32.trunc_sat_f32_s': 0xfc00,
  'i32.trunc_sat_f64_s': 0xfc02,
  'i32x4.splat': 0xfd11,
  'f32x4.splat': 0xfd13,
  'f64x2.splat': 0xfd14,
  'i32x4.eq': 0xfd37,
  'i32x4.ne': 0xfd38,
  'i32x4.lt_s': 0xfd39,
  'i32x4.gt_s': 0xfd3b,
  'f32x4.eq': 0xfd41,
  'f32x4.ne': 0xfd42,
  'f32x4.lt': 0xfd43,
  'v128.and': 0xfd4e,
  'v128.andnot': 0xfd4f,
  'v128.or': 0xfd50,
  'v128.xor': 0xfd51,
  'v128.bitselect': 0xfd52,
  'f64x2.floor': 0xfd75,
  'i8x16.abs': 0xfd60,
  'i8x16.narrow_i16x8_s': 0xfd65,
  'i8x16.narrow_i16x8_u': 0xfd66,
  'f32x4.floor': 0xfd68,
  'i16x8.narrow_i32x4_s': 0xfd85,
  'i16x8.narrow_i32x4_u': 0xfd86,
  'i16x8.extend_low_i8x16_s': 0xfd87,
  'i16x8.extend_low_i8x16_u': 0xfd89,
  'i32x4.abs': 0xfda0,
  'i32x4.neg': 0xfda1,
  'i32x4.extend_low_i16x8_s': 0xfda7,
  'i32x4.extend_low_i16x8_u': 0xfda9,
  'i32x4.shl': 0xfdab,
  'i32x4.shr_s': 0xfdac,
  'i32x4.shr_u': 0xfdad,
  'i32x4.add': 0xfdae,
  'i32x4.sub': 0xfdb1,
  'i32x4.mul': 0xfdb5,
  'i32x4.min_s': 0xfdb6,
  'i32x4.max_s': 0xfdb8,
  'f32x4.abs': 0xfde0,
  'f32x4.neg': 0xfde1,
  'f32x4.sqrt': 0xfde3,
  'f32x4.add': 0xfde4,
  'f32x4.sub': 0xfde5,
  'f32x4.mul': 0xfde6,
  'f32x4.div': 0xfde7,
  'f32x4.min': 0xfde8,
  'f32x4.max': 0xfde9,
  'f64x2.abs': 0xfdec,
  'f64x2.neg': 0xfded,
  'f64x2.sqrt': 0xfdef,
  'f64x2.add': 0xfdf0,
  'f64x2.sub': 0xfdf1,
  'f64x2.mul': 0xfdf2,
  'f64x2.div': 0xfdf3,
  'f64x2.min': 0xfdf4,
  'f64x2.max': 0xfdf5,
  'i32x4.trunc_sat_f32x4_s': 0xfdf8,
  'f32x4.convert_i32x4_s': 0xfdfa,
  'f32x4.relaxed_madd': 0xfd0105,
  'f64x2.relaxed_madd': 0xfd0107,
} as const;

/** Loads and stores, with the power of two that their width is. */
const memory = {
  'i32.load': [0x28, 2],
  'f32.load': [0x2a, 2],
  'f64.load': [0x2b, 3],
  'i32.load8_s': [0x2c, 0],
  'i32.load8_u': [0x2d, 0],
  'i32.load16_u': [0x2f, 1],
  'i32.store': [0x36, 2],
  'f32.store': [0x38, 2],
  'f64.store': [0x39, 3],
  'i32.store8': [0x3a, 0],
  'i32.store16': [0x3b, 1],
  'v128.load': [0xfd00, 2],
  'v128.load16x4_u': [0xfd04, 0],
  'v128.load32_splat': [0xfd09, 2],
  'v128.load64_splat': [0xfd0a, 3],
  'v128.store': [0xfd0b, 2],
  'v128.load32_zero': [0xfd5c, 0],
  'v128.store32_lane': [0xfd5a, 0],
  'v128.store64_lane': [0xfd5b, 0],
} as const;

const lanes = {
  'i32x4.extract_lane': 0xfd1b,
  'i32x4.replace_lane': 0xfd1c,
  'f32x4.extract_lane': 0xfd1f,
  'f32x4.replace_lane': 0xfd20,
  'f64x2.extract_lane': 0xfd21,
  'f64x2.replace_lane': 0xfd22,
} as const;

export type Instruction = keyof typeof plain;
export type MemoryInstruction = keyof typeof memory;
export type LaneInstruction = keyof typeof lanes;

const floats = new DataView(new ArrayBuffer(8));

function pushUnsigned(bytes: number[], value: number): void {
  for (let left = value >>> 0; ; left >>>= 7) {
    if (left < 0x80) {
      bytes.push(left);
      return;
    }
    bytes.push((left & 0x7f) | 0x80);
  }
}

/** A function: of the module, or imported. */
export interface Callee {
  readonly imported: boolean;
  readonly index: number;
}

/** The body of a function, as its instructions are appended. */
export class Code {
  readonly bytes: number[] = [];
  readonly locals: ValueType[] = [];
  /** Where the numbers of called functions go, five bytes each. */
  readonly calls: { readonly at: number; readonly callee: Callee }[] = [];

  /** Locals are numbered after the parameters. */
  constructor(readonly parameters: readonly ValueType[]) {}

  /** A new local's number. */
  local(type: ValueType): number {
    return this.parameters.length + this.locals.push(type) - 1;
  }

  #opcode(code: number): void {
    const prefix = code > 0xffff ? code >>> 16 : code >>> 8;
    if (prefix) this.bytes.push(prefix);
    if (prefix) pushUnsigned(this.bytes, code > 0xffff ? code & 0xffff : code & 0xff);
    else this.bytes.push(code);
  }

  op(...names: readonly Instruction[]): void {
    for (const name of names) this.#opcode(plain[name]);
  }

  /** A load or store at the address on the stack plus `offset`. */
  memory(name: MemoryInstruction, offset: number, lane?: number): void {
    const [code, align] = memory[name];
    this.#opcode(code);
    pushUnsigned(this.bytes, align);
    pushUnsigned(this.bytes, offset);
    if (lane !== undefined) this.bytes.push(lane);
  }

  lane(name: LaneInstruction, lane: number): void {
    this.#opcode(lanes[name]);
    this.bytes.push(lane);
  }

  /** A vector of the lanes `order` of two equal ones on the stack. */
  shuffle(order: readonly number[]): void {
    const width = 16 / order.length;
    this.bytes.push(0xfd, 13);
    for (const lane of order) for (let i = 0; i < width; i++) this.bytes.push(width * lane + i);
  }

  #indexed(code: number, index: number): void {
    this.bytes.push(code);
    pushUnsigned(this.bytes, index);
  }

  get(local: number): void {
    this.#indexed(0x20, local);
  }

  set(local: number): void {
    this.#indexed(0x21, local);
  }

  tee(local: number): void {
    this.#indexed(0x22, local);
  }

  /** A call, whose function's number is known once the module is finished. */
  call(callee: Callee): void {
    this.bytes.push(0x10);
    this.calls.push({ at: this.bytes.length, callee });
    this.bytes.push(0, 0, 0, 0, 0);
  }

  i32(value: number): void {
    this.bytes.push(0x41);
    for (let left = value | 0; ; left >>= 7) {
      const low = left & 0x7f;
      const last = left >> 6 === 0 || left >> 6 === -1;
      this.bytes.push(last ? low : low | 0x80);
      if (last) return;
    }
  }

  #float(bytes: number): void {
    for (let i = 0; i < bytes; i++) this.bytes.push(floats.getUint8(i));
  }

  f32(value: number): void {
    this.bytes.push(0x43);
    floats.setFloat32(0, value, true);
    this.#float(4);
  }

  f64(value: number): void {
    this.bytes.push(0x44);
    floats.setFloat64(0, value, true);
    this.#float(8);
  }

  /** Four lanes of i32 or f32, or two of f64. */
  v128(kind: 'i32' | 'f32' | 'f64', values: readonly number[]): void {
    this.bytes.push(0xfd, 12);
    for (const value of values) {
      if (kind === 'f64') floats.setFloat64(0, value, true);
      else if (kind === 'f32') floats.setFloat32(0, value, true);
      else floats.setInt32(0, value, true);
      this.#float(kind === 'f64' ? 8 : 4);
    }
  }

  /** Opens a block of no result; `end` closes it. */
  open(kind: 'block' | 'loop' | 'if'): void {
    this.bytes.push({ block: 0x02, loop: 0x03, if: 0x04 }[kind], 0x40);
  }

  branchIf(depth: number): void {
    this.#indexed(0x0d, depth);
  }
}

export interface Signature {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** A module over one imported memory. */
export class ModuleWriter {
  readonly #types = new Map<string, { index: number; signature: Signature }>();
  readonly #imports: { module: string; name: string; type: number }[] = [];
  readonly #functions: { type: number; code: Code }[] = [];
  readonly #exports: { name: string; callee: Callee }[] = [];

  #type(signature: Signature): number {
    const key = `${signature.parameters}:${signature.results}`;
    const known = this.#types.get(key) ?? { index: this.#types.size, signature };
    this.#types.set(key, known);
    return known.index;
  }

  /** A function of a module outside. */
  import(module: string, name: string, signature: Signature): Callee {
    return { imported: true, index: this.#imports.push({ module, name, type: this.#type(signature) }) - 1 };
  }

  add(code: Code, results: readonly ValueType[]): Callee {
    const type = this.#type({ parameters: code.parameters, results });
    return { imported: false, index: this.#functions.push({ type, code }) - 1 };
  }

  export(name: string, callee: Callee): void {
    this.#exports.push({ name, callee });
  }

  #number({ imported, index }: Callee): number {
    return imported ? index : this.#imports.length + index;
  }

  /** The module; a shared memory says so and names a maximum. */
  finish(shared: boolean): Uint8Array {
    const bytes = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
    const section = (id: number, count: number, content: number[]): void => {
      const head: number[] = [];
      pushUnsigned(head, count);
      bytes.push(id);
      pushUnsigned(bytes, head.length + content.length);
      append(bytes, head);
      append(bytes, content);
    };
    const vector = (items: readonly number[]): number[] => {
      const out: number[] = [];
      pushUnsigned(out, items.length);
      append(out, items);
      return out;
    };
    const name = (text: string): number[] => vector([...new TextEncoder().encode(text)]);
    const number = (value: number): number[] => {
      const out: number[] = [];
      pushUnsigned(out, value);
      return out;
    };

    const types = [...this.#types.values()].map(({ signature: { parameters, results } }) => [
      0x60,
      ...vector(parameters.map((type) => valueTypes[type])),
      ...vector(results.map((type) => valueTypes[type])),
    ]);
    section(1, types.length, types.flat());
    const limits = shared ? [0x03, 0, ...number(maximumPages)] : [0x00, 0];
    const imports = [
      [...name('memory'), ...name('memory'), 0x02, ...limits],
      ...this.#imports.map((it) => [...name(it.module), ...name(it.name), 0x00, ...number(it.type)]),
    ];
    section(2, imports.length, imports.flat());
    section(
      3,
      this.#functions.length,
      this.#functions.flatMap(({ type }) => number(type)),
    );
    const exports = this.#exports.map((it) => [...name(it.name), 0x00, ...number(this.#number(it.callee))]);
    section(7, exports.length, exports.flat());
    const content: number[] = [];
    for (const { code } of this.#functions) {
      for (const { at, callee } of code.calls) patch(code.bytes, at, this.#number(callee));
      const locals: number[] = [];
      const runs = runsOf(code.locals);
      pushUnsigned(locals, runs.length);
      for (const { type, count } of runs) {
        pushUnsigned(locals, count);
        locals.push(valueTypes[type]);
      }
      pushUnsigned(content, locals.length + code.bytes.length + 1);
      append(content, locals);
      append(content, code.bytes);
      content.push(0x0b);
    }
    section(10, this.#functions.length, content);
    return Uint8Array.from(bytes);
  }
}

/** Pages of 64 KiB in 4 GiB, the most that a memory holds. */
export const maximumPages = 65536;

/** Writes `value` at `at` as five bytes. */
function patch(bytes: number[], at: number, value: number): void {
  for (let i = 0; i < 5; i++) bytes[at + i] = ((value >>> (7 * i)) & 0x7f) | (i < 4 ? 0x80 : 0);
}

function append(bytes: number[], more: readonly number[]): void {
  for (const byte of more) bytes.push(byte);
}

/** Neighbours of one type together, as the format lists locals. */
function runsOf(types: readonly ValueType[]): { type: ValueType; count: number }[] {
  const runs: { type: ValueType; count: number }[] = [];
  for (const type of types) {
    const last = runs.at(-1);
    if (last?.type === type) last.count++;
    else runs.push({ type, count: 1 });
  }
  return runs;
}
