// Tensors in several files, and the index that says which is in which.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeAtomic } from './atomic.ts';
import { inFile, type Source } from './bytes.ts';
import {
  damaged,
  type Entry,
  type Header,
  isCount,
  isObject,
  nameProblem,
  quote,
  readHeader,
  readObject,
} from './header.ts';

/** Where a tensor is. */
interface Place {
  readonly file: Source;
  readonly dataStart: number;
  readonly entry: Entry;
}

/** Open files, and the tensors in them by name. */
export interface Located {
  readonly files: Source[];
  readonly places: ReadonlyMap<string, Place>;
  readonly metadata: Record<string, string>;
}

/** Bytes; as much as a header may have. */
const longest = 100_000_000;

/** The names of tensors with the files, in the same folder, that hold them. */
function readIndex(path: string): [name: string, shard: string][] {
  const file = inFile(path);
  try {
    if (file.length > longest)
      throw damaged(path, `an index of ${file.length} bytes is longer than ${longest}`);
    const bytes = new Uint8Array(file.length);
    file.read(0, bytes);
    const { weight_map: map, metadata } = readObject(bytes, 'index', path);
    if (metadata !== undefined && !isObject(metadata)) throw damaged(path, 'metadata is not a JSON object');
    if (metadata?.total_size !== undefined && !isCount(metadata.total_size))
      throw damaged(path, 'total_size is not a whole number');
    if (!isObject(map)) throw damaged(path, 'weight_map is not a JSON object');
    return Object.entries(map).map(([name, shard]) => {
      const problem = nameProblem(name);
      if (problem) throw damaged(path, `tensor ${quote(name)} ${problem}`);
      if (typeof shard !== 'string' || !/^[^/\\:\0]+\.safetensors$/.test(shard)) {
        const given = typeof shard === 'string' ? quote(shard) : 'no text';
        throw damaged(path, `the shard of ${quote(name)} is ${given}, not a .safetensors file in its folder`);
      }
      return [name, shard];
    });
  } finally {
    file.close();
  }
}

/** The shards that the index at `path` names, open, and what it says is in them. */
export function locate(path: string): Located {
  const index = readIndex(path);
  const shards = new Map<string, { file: Source; header: Header; entries: Map<string, Entry> }>();
  const files: Source[] = [];
  try {
    for (const [name, shard] of index) {
      if (shards.has(shard)) continue;
      const there = join(dirname(path), shard);
      if (!existsSync(there))
        throw damaged(path, `the shard ${quote(shard)}, which holds ${quote(name)}, is missing`);
      const file = inFile(there);
      files.push(file);
      const header = readHeader(file);
      shards.set(shard, { file, header, entries: new Map(header.entries.map((it) => [it.name, it])) });
    }
    const places = new Map(
      index.map(([name, shard]): [string, Place] => {
        const known = shards.get(shard);
        const entry = known?.entries.get(name);
        if (!known || !entry) throw damaged(path, `the shard ${quote(shard)} holds no tensor ${quote(name)}`);
        return [name, { file: known.file, dataStart: known.header.dataStart, entry }];
      }),
    );
    const metadata = Object.assign({}, ...[...shards.values()].map(({ header }) => header.metadata));
    return { files, places, metadata };
  } catch (error) {
    for (const file of files) file.close();
    throw error;
  }
}

/** Writes shards of the tensors called `names` into `folder`, each by `write`, and last their index. */
export function writeShards(
  folder: string,
  names: readonly (readonly string[])[],
  totalSize: number,
  write: (path: string, i: number) => void,
): void {
  const number = (n: number): string => String(n).padStart(5, '0');
  const files = names.map((_, i) => `model-${number(i + 1)}-of-${number(names.length)}.safetensors`);
  files.forEach((file, i) => {
    write(join(folder, file), i);
  });
  const map = Object.fromEntries(names.flatMap((own, i) => own.map((name) => [name, files[i]])));
  const index = { metadata: { total_size: totalSize }, weight_map: map };
  writeAtomic(join(folder, 'model.safetensors.index.json'), `${JSON.stringify(index, null, 2)}\n`);
}
