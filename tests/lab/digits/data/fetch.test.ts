import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  FetchError,
  type FetchOptions,
  type FetchProgress,
  fetchSet,
} from '../../../../src/lab/digits/data/fetch.ts';
import { type DataFile, originals } from '../../../../src/lab/digits/data/sets.ts';

const mnist = join('..', 'shared', 'mnist');
const names = Object.values<DataFile>(originals.full.files).map(({ name }) => name);
const { trainImages } = originals.full.files;
const largest = { ...trainImages }; // half a second to check, so but for one test a few bytes stand for it
const standIn = Buffer.from('60,000 images');
const target = originals.full.files.testImages.name; // the file that most tests miss; the others are in place

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe.runIf(existsSync(mnist))('fetchSet', () => {
  let original: Buffer;
  let folder: string;
  let server: Server;
  let base: string;
  let answer: (request: IncomingMessage, response: ServerResponse, count: number) => void;
  let ranges: (string | undefined)[]; // the Range header of every request

  beforeAll(async () => {
    original = readFileSync(join(mnist, target));
    // on a busy machine a test may take longer than the 5 s after which a server closes an idle connection
    server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      ranges.push(request.headers.range);
      answer(request, response, ranges.length);
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    const address = server.address();
    base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    ranges = [];
    answer = serve;
    folder = mkdtempSync(join(tmpdir(), 'umbra-fetch-'));
    const small = names.filter((name) => name !== target && name !== trainImages.name);
    for (const name of small) copyFileSync(join(mnist, name), path(name));
    Object.assign(trainImages, { length: standIn.length, sha256: sha256(standIn) });
    writeFileSync(path(trainImages.name), gzipSync(standIn));
  });
  afterEach(() => {
    Object.assign(trainImages, largest);
    rmSync(folder, { recursive: true });
  });

  /** A well-behaved server of the original files, which knows ranges. */
  function serve(request: IncomingMessage, response: ServerResponse): void {
    const bytes = readFileSync(join(mnist, (request.url ?? '').split('/').at(-1) ?? ''));
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (start >= bytes.length) {
      response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
      return;
    }
    const headers = { 'content-length': bytes.length - start };
    if (request.headers.range === undefined) response.writeHead(200, headers);
    else {
      const range = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
      response.writeHead(206, { ...headers, 'content-range': range });
    }
    response.end(bytes.subarray(start));
  }

  const fetchHere = (options: Partial<FetchOptions> = {}) =>
    fetchSet('full', { directory: folder, sources: [`${base}/mnist/`], ...options });
  const path = (name = target): string => join(folder, name);
  const putPart = (bytes: Uint8Array): void => writeFileSync(path(`${target}.part`), bytes);
  const expectWhole = (): void => {
    expect(readdirSync(folder).sort()).toEqual([...names].sort());
    expect(readFileSync(path()).equals(original)).toBe(true);
  };

  test('fetches what is missing, keeps what is there, and reports progress', async () => {
    const seen: FetchProgress[] = [];
    const results = await fetchHere({ onProgress: (progress) => seen.push(progress) });
    expect(results).toEqual(names.map((file) => ({ file, status: file === target ? 'fetched' : 'present' })));
    expectWhole();
    expect(seen[0]).toEqual({ file: target, received: 0, total: original.length });
    expect(seen.at(-1)).toEqual({ file: target, received: original.length, total: original.length });
    expect(ranges).toEqual([undefined]);
  });

  test('fetches all four files into a folder that is not there yet, from a URL without a slash', async () => {
    Object.assign(trainImages, largest);
    const directory = join(folder, 'new', 'datasets');
    const results = await fetchHere({ directory, sources: [`${base}/mnist`] });
    expect(results).toEqual(names.map((file) => ({ file, status: 'fetched' })));
    expect(readdirSync(directory).sort()).toEqual([...names].sort());
  });

  test('asks nobody when all files are there', async () => {
    copyFileSync(join(mnist, target), path());
    const results = await fetchHere();
    expect(results).toEqual(names.map((file) => ({ file, status: 'present' })));
    expect(ranges).toEqual([]);
  });

  test('replaces a file that is there but damaged', async () => {
    writeFileSync(path(), original.subarray(0, 1000));
    expect((await fetchHere()).find(({ file }) => file === target)?.status).toBe('fetched');
    expectWhole();
  });

  test('resumes a file that an earlier run left unfinished', async () => {
    putPart(original.subarray(0, 1_000_000));
    const seen: FetchProgress[] = [];
    await fetchHere({ onProgress: (progress) => seen.push(progress) });
    expectWhole();
    expect(ranges).toEqual(['bytes=1000000-']);
    expect(seen[0]).toEqual({ file: target, received: 1_000_000, total: original.length });
    expect(seen.at(-1)?.received).toBe(original.length);
  });

  test('resumes when the connection breaks halfway', async () => {
    let breakConnection = (): void => {};
    answer = (request, response, count) => {
      if (count > 1) return serve(request, response);
      breakConnection = () => response.destroy();
      response.writeHead(200, { 'content-length': original.length }).write(original.subarray(0, 800_000));
    };
    await fetchHere({ onProgress: ({ received }) => received === 800_000 && breakConnection() });
    expectWhole();
    expect(ranges).toEqual([undefined, 'bytes=800000-']);
  });

  test('starts over when the server ignores the range', async () => {
    putPart(original.subarray(0, 1000));
    answer = (_, response) => response.writeHead(200).end(original);
    await fetchHere();
    expectWhole();
    expect(ranges).toEqual(['bytes=1000-']);
  });

  test('starts over when there is nothing in the range', async () => {
    putPart(original);
    await fetchHere();
    expectWhole();
    expect(ranges).toEqual([`bytes=${original.length}-`, undefined]);
  });

  test('starts over when the server answers with another range', async () => {
    putPart(original.subarray(0, 1000));
    answer = (request, response, count) => {
      if (count > 1) return serve(request, response);
      response.writeHead(206, { 'content-range': `bytes 0-${original.length - 1}/${original.length}` });
      response.end(original);
    };
    const seen: FetchProgress[] = [];
    await fetchHere({ onProgress: (progress) => seen.push(progress) });
    expectWhole();
    expect(ranges).toEqual(['bytes=1000-', undefined]);
    expect(seen[0].received).toBe(0);
  });

  test('fetches again, from the start, when what it resumed turns out to be damaged', async () => {
    putPart(new Uint8Array(1000));
    await fetchHere();
    expectWhole();
    expect(ranges).toEqual(['bytes=1000-', undefined]);
  });

  test.each([
    ['something that is not gzip', () => Buffer.from('<html>sign in to this network</html>')],
    ['gzip of something else', () => gzipSync('not digits')],
    ['a file cut short', () => original.subarray(0, -100)],
  ])('keeps nothing of %s, and says so in one line', async (_, garbage) => {
    answer = (_request, response) => response.end(garbage());
    await expect(fetchHere()).rejects.toThrow(
      new FetchError(
        `${base}/mnist/${target}: sends something else than the original file; ` +
          `check the network and fetch again, or put the four *-ubyte.gz files into ${folder} by hand`,
      ),
    );
    expect(ranges).toHaveLength(2);
    expect(readdirSync(folder)).toHaveLength(3);
  });

  test('goes on to the next source, and names each in the error when all fail', async () => {
    answer = (request, response) => {
      if (request.url?.startsWith('/good/')) serve(request, response);
      else response.writeHead(404).end('no such file');
    };
    await fetchHere({ sources: [`${base}/bad/`, `${base}/good/`] });
    expectWhole();

    rmSync(path());
    const failure = fetchHere({ sources: [`${base}/bad/`, `${base}/worse/`] });
    await expect(failure).rejects.toThrow(
      `${base}/bad/${target}: HTTP 404; ${base}/worse/${target}: HTTP 404; check the network`,
    );
  });

  test('names the reason when nobody answers', async () => {
    const closed = createServer();
    await new Promise<void>((ready) => closed.listen(0, '127.0.0.1', ready));
    const address = closed.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    await new Promise((done) => closed.close(done));
    const failure = fetchHere({ sources: [`http://127.0.0.1:${port}/`] });
    await expect(failure).rejects.toThrow(/^http:[^\n]*: connect ECONNREFUSED 127[^\n]*by hand$/);
  });

  test('takes no more than 12 MB, announced or not', async () => {
    answer = (_, response) => response.writeHead(200, { 'content-length': 12_000_001 }).write('x');
    await expect(fetchHere()).rejects.toThrow(`${target}: sends more than 12000000 bytes; check`);

    answer = (_, response) => {
      const more = (): void => {
        if (!response.destroyed) response.write(new Uint8Array(1_000_000), more);
      };
      more();
    };
    await expect(fetchHere()).rejects.toThrow(`${target}: sends more than 12000000 bytes; check`);
    expect(readdirSync(folder)).toHaveLength(3);
  });

  test('gives up on a server that falls silent, and keeps what had come', async () => {
    answer = (request, response) => {
      if (request.url?.startsWith('/good/')) serve(request, response);
      else response.writeHead(200).write(original.subarray(0, 5000));
    };
    const sources = [`${base}/silent/`];
    await expect(fetchHere({ sources, patience: 500 })).rejects.toThrow('sent nothing for 0.5 s; check');
    expect(statSync(path(`${target}.part`)).size).toBe(5000);
    await fetchHere({ sources: [`${base}/good/`] });
    expectWhole();
    expect(ranges.at(-1)).toBe('bytes=5000-');
  });

  test('waits for a server that is slow but not silent', async () => {
    answer = async (_, response) => {
      for (let sent = 0; sent < original.length; sent += 300_000) {
        response.write(original.subarray(sent, sent + 300_000));
        await new Promise((later) => setTimeout(later, 100));
      }
      response.end();
    };
    await fetchHere({ patience: 400 });
    expectWhole();
    expect(ranges).toHaveLength(1);
  });

  test('stops when told to, and goes on from there the next time', async () => {
    answer = (_, response) => response.writeHead(200).write(original.subarray(0, 300_000));
    const stop = new AbortController();
    const onProgress = ({ received }: FetchProgress): void => {
      if (received === 300_000) stop.abort(new Error('stopped by hand'));
    };
    await expect(fetchHere({ signal: stop.signal, onProgress })).rejects.toThrow(
      new Error('stopped by hand'),
    );
    expect(statSync(path(`${target}.part`)).size).toBe(300_000);
    expect(ranges).toHaveLength(1);

    answer = serve;
    await fetchHere();
    expectWhole();
    expect(ranges.at(-1)).toBe('bytes=300000-');
  });

  test('does nothing once the signal has aborted', async () => {
    await expect(fetchHere({ signal: AbortSignal.abort() })).rejects.toThrow('aborted');
    expect(ranges).toEqual([]);
  });

  test('reports a folder that cannot be written to as what it is', async () => {
    const directory = join(folder, names[0]);
    await expect(fetchHere({ directory })).rejects.toThrow(/^ENOTDIR/);

    mkdirSync(path(`${target}.part`));
    await expect(fetchHere()).rejects.toThrow(/^EISDIR/);
    expect(ranges).toHaveLength(1);
  });
});
