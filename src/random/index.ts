// Random numbers from keys: nothing is drawn from a hidden state, so the same key gives the same bits.
export * from './distributions.ts';
export * from './key.ts';
export * from './sampling.ts';
