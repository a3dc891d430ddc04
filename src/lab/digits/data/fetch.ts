// Fetches the four files of a set: resumes what was cut short, and keeps only what has the right checksum.

import { closeSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FormatError, makeFolders } from '../../../store/index.ts';
import { LabError } from '../../core/errors.ts';
import { folderOf, packed, unpack } from './originals.ts';
import { type DataFile, type OriginalName, originals } from './sets.ts';

const attemptsPerSource = 2;

export interface FetchProgress {
  file: string;
  /** Bytes on disk, those of an earlier run included. */
  received: number;
  /** Bytes in all, where the server says. */
  total: number | undefined;
}

export interface FetchOptions {
  /** The folder of all sets, where the files go to their place; made if missing. */
  directory: string;
  /** URLs of folders that hold the four files, tried in order, instead of the set's own. */
  sources?: readonly string[];
  /** Stops the fetch; what has arrived is kept, and the next fetch goes on from there. */
  signal?: AbortSignal;
  onProgress?: (progress: FetchProgress) => void;
  /** How long a server may be silent, in milliseconds. */
  patience?: number;
}

export interface Fetched {
  file: string;
  status: 'fetched' | 'present';
}

/** No source gave the file. The message, one line, names the URLs and the way out. */
export class FetchError extends LabError {
  override name = 'FetchError';
}

/** The server sent something wrong, so nothing that came from it is worth keeping. */
class WrongContent extends Error {}

const isFileSystemError = (error: unknown): error is Error => error instanceof Error && 'syscall' in error;

/** Whether `path` holds the original `file`. */
function isGenuine(name: OriginalName, file: DataFile, path: string): boolean {
  try {
    const compressed = packed(path, originals[name].largest);
    if (!compressed) return false;
    unpack(name, file, compressed, path);
    return true;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}

/** How many bytes of `response` are on disk already, and how many there are in all. */
function extent(response: Response, have: number): { start: number; total: number | undefined } {
  const length = response.headers.get('content-length');
  if (response.status === 200) return { start: 0, total: length === null ? undefined : Number(length) };
  if (response.status !== 206 || have === 0) throw new Error(`HTTP ${response.status}`);
  const range = response.headers.get('content-range') ?? '';
  const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(range) ?? [];
  if (Number(start) !== have) throw new WrongContent('answered with another range than the one asked for');
  return { start: have, total: total === '*' ? undefined : Number(total) };
}

/** Brings `url`, of `maxBytes` at most, into the file `part`, from where it ends if the server can. */
async function download(
  url: string,
  part: string,
  maxBytes: number,
  signal: AbortSignal,
  onBytes: (received: number, total: number | undefined) => void,
): Promise<void> {
  const request = (have: number): Promise<Response> =>
    fetch(url, {
      signal,
      headers: { 'accept-encoding': 'identity', ...(have && { range: `bytes=${have}-` }) },
    });
  let have = statSync(part, { throwIfNoEntry: false })?.size ?? 0;
  let response = await request(have);
  if (response.status === 416 && have > 0) {
    await response.body?.cancel();
    have = 0;
    response = await request(have);
  }
  const { start, total } = extent(response, have);
  const tooLarge = (): WrongContent => new WrongContent(`sends more than ${maxBytes} bytes`);
  if (total !== undefined && total > maxBytes) throw tooLarge();
  const out = openSync(part, start > 0 ? 'a' : 'w');
  try {
    let received = start;
    onBytes(received, total);
    for await (const chunk of response.body ?? []) {
      received += chunk.length;
      if (received > maxBytes) throw tooLarge();
      for (let at = 0; at < chunk.length; ) at += writeSync(out, chunk, at);
      onBytes(received, total);
    }
  } finally {
    closeSync(out);
  }
}

/** `work` with a signal that aborts when `outer` does, or after `patience` ms without a call of `alive`. */
async function watched(
  outer: AbortSignal | undefined,
  patience: number,
  work: (signal: AbortSignal, alive: () => void) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const relay = (): void => stop.abort(outer?.reason);
  const timer = setTimeout(() => stop.abort(new Error(`sent nothing for ${patience / 1000} s`)), patience);
  outer?.addEventListener('abort', relay);
  try {
    await work(stop.signal, () => timer.refresh());
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', relay);
    stop.abort(); // closes the connection of a response that was refused unread
  }
}

/** Why a fetch failed, in one line: `fetch` itself only says that it did, and keeps the reason as a cause. */
function reason(error: unknown): string {
  let deepest = error;
  while (deepest instanceof Error && deepest.cause instanceof Error) deepest = deepest.cause;
  if (!(deepest instanceof Error)) return String(deepest);
  const text = deepest.message || ('code' in deepest ? String(deepest.code) : deepest.name);
  return text.split('\n')[0];
}

async function fetchFile(
  name: OriginalName,
  file: DataFile,
  path: string,
  options: FetchOptions,
): Promise<void> {
  const { sources: own, largest } = originals[name];
  const { sources = own, signal, onProgress, patience = 30_000 } = options;
  const part = `${path}.part`;
  const failures: string[] = [];
  for (const source of sources) {
    const url = `${source.replace(/\/*$/, '/')}${file.name}`;
    let failure = '';
    for (let attempt = 0; attempt < attemptsPerSource; attempt++) {
      try {
        await watched(signal, patience, (watch, alive) =>
          download(url, part, largest, watch, (received, total) => {
            alive();
            onProgress?.({ file: file.name, received, total });
          }),
        );
        if (!isGenuine(name, file, part))
          throw new WrongContent('sends something else than the original file');
        renameSync(part, path);
        return;
      } catch (error) {
        signal?.throwIfAborted();
        if (isFileSystemError(error)) throw error;
        if (error instanceof WrongContent) rmSync(part, { force: true });
        failure = `${url}: ${reason(error)}`;
      }
    }
    failures.push(failure);
  }
  throw new FetchError(
    `${failures.join('; ')}; check the network and fetch again, or put the four *-ubyte.gz files into ${dirname(path)} by hand`,
  );
}

/**
 * Makes sure that `directory` holds the four original files of the set called `name`, each checked by its SHA-256.
 * Genuine files stay, others are replaced. Rejects with a FetchError whose one line names the URLs and the way out,
 * with the signal's reason if that aborted, or with what the file system throws.
 */
export async function fetchSet(name: OriginalName, options: FetchOptions): Promise<Fetched[]> {
  const folder = folderOf(name, options.directory);
  makeFolders(folder);
  const results: Fetched[] = [];
  for (const file of Object.values<DataFile>(originals[name].files)) {
    options.signal?.throwIfAborted();
    const path = join(folder, file.name);
    const present = isGenuine(name, file, path);
    if (!present) await fetchFile(name, file, path, options);
    results.push({ file: file.name, status: present ? 'present' : 'fetched' });
  }
  return results;
}
