// Which values a round of a loop keeps for its derivative: the fewest bytes from which the rest is made again, element by
// element, as a minimum cut (Ford & Fulkerson, 1956).
import { type AnyApply, elementwiseRows, type Value } from '../graph/index.ts';
import { itemSize, sizeOf } from '../tensor/index.ts';

const movement = new Set<string>(['broadcast', 'reshape', 'transpose']);

/** Whether the result of `node` costs about as little to make as to read. */
const isCheap = (node: AnyApply): boolean => Object.hasOwn(elementwiseRows, node.op) || movement.has(node.op);

/** A network of edges with capacities, in pairs of which the second is the first's way back. */
class Network {
  readonly #to: number[] = [];
  readonly #room: number[] = [];
  readonly #edges: number[][] = [];

  connect(from: number, to: number, capacity: number): void {
    for (const [a, b, room] of [
      [from, to, capacity],
      [to, from, 0],
    ]) {
      const own = this.#edges[a] ?? [];
      this.#edges[a] = own;
      own.push(this.#to.length);
      this.#to.push(b);
      this.#room.push(room);
    }
  }

  /** The edge by which a shortest way with room reaches each vertex from `source`. */
  #ways(source: number): Map<number, number> {
    const by = new Map([[source, -1]]);
    for (const vertex of by.keys()) // which grows
      for (const edge of this.#edges[vertex] ?? [])
        if (this.#room[edge] > 0 && !by.has(this.#to[edge])) by.set(this.#to[edge], edge);
    return by;
  }

  /** Sends as much as can be from `source` to `sink`; what then still reaches the sink is the least of any minimum cut. */
  beforeSink(source: number, sink: number): (vertex: number) => boolean {
    for (let by = this.#ways(source); by.has(sink); by = this.#ways(source)) {
      const path: number[] = [];
      for (let edge = by.get(sink) as number; edge >= 0; edge = by.get(this.#to[edge ^ 1]) as number)
        path.push(edge);
      const more = Math.min(...path.map((edge) => this.#room[edge]));
      for (const edge of path) {
        this.#room[edge] -= more;
        this.#room[edge ^ 1] += more;
      }
    }
    const reaches = new Set([sink]);
    for (const vertex of reaches)
      for (const back of this.#edges[vertex] ?? []) if (this.#room[back ^ 1] > 0) reaches.add(this.#to[back]);
    return (vertex) => reaches.has(vertex);
  }
}

export interface Kept {
  readonly residuals: readonly Value[];
  /** The applications that make the rest of what is read from them. */
  readonly again: readonly AnyApply[];
}

/** What to keep so that `read` can be had. What is `free` costs nothing to keep, and what is `fixed` need not be kept. */
export function fewestBytes(
  read: Iterable<Value>,
  free: (value: Value) => boolean,
  fixed: (value: Value) => boolean,
): Kept {
  const places = new Map<Value, number>();
  const network = new Network();
  const [source, sink] = [0, 1];
  const visit = (value: Value): number => {
    const known = places.get(value);
    if (known !== undefined) return known;
    const into = 2 + 2 * places.size;
    places.set(value, into);
    network.connect(into, into + 1, free(value) ? 0 : itemSize(value.dtype) * sizeOf(value.shape));
    if (!free(value) && value.from && isCheap(value.from)) {
      for (const input of value.from.inputs)
        if (!fixed(input)) network.connect(visit(input) + 1, into, Number.POSITIVE_INFINITY);
    } else network.connect(source, into, Number.POSITIVE_INFINITY);
    return into;
  };
  const wanted = [...new Set(read)].filter((value) => !fixed(value));
  for (const value of wanted) network.connect(visit(value) + 1, sink, Number.POSITIVE_INFINITY);
  const behind = network.beforeSink(source, sink);
  const residuals = new Set<Value>();
  const again = new Set<AnyApply>();
  const need = (value: Value): void => {
    if (fixed(value) || residuals.has(value)) return;
    if (!behind(places.get(value) as number) || !value.from || free(value)) {
      residuals.add(value);
      return;
    }
    if (again.has(value.from)) return;
    again.add(value.from);
    value.from.inputs.forEach(need);
  };
  wanted.forEach(need);
  return { residuals: [...residuals], again: [...again] };
}
