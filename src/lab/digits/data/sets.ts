// What the experiments can run on: each set of images described once, and the classes that follow from it.

/** How a set is taken apart: where nothing else is asked for, and the most that there is of each and of both. */
interface Split {
  readonly train: number;
  readonly test: number;
  readonly mostTrain: number;
  readonly mostTest: number;
  readonly all: number;
}

export interface DataSet {
  /** As a heading has it. */
  readonly title: string;
  /** What its images show, in the plural, and how one says that a model tells them apart. */
  readonly what: string;
  readonly reads: string;
  readonly read: string;
  readonly classes: number;
  readonly split: Split;
}

/** A file of a set that is fetched. */
export interface DataFile {
  readonly name: string;
  /** Its uncompressed length in bytes. */
  readonly length: number;
  readonly sha256: string;
}

/** A set that `npm run datasets:fetch` brings: two pairs of IDX files of 28 × 28 bytes an image. */
export interface Original extends DataSet {
  /** Inside the folder of all sets. */
  readonly folder: string;
  /** URLs of folders that hold the files, in the order in which they are tried. */
  readonly sources: readonly string[];
  /** The bytes that a file has at most as it is fetched. */
  readonly largest: number;
  /** What the SHA-256 are of: MNIST's mirrors compress differently, the others have one. */
  readonly digestOf: 'content' | 'file';
  /** The label of the first class. */
  readonly firstLabel: number;
  /** Whether its images lie on their side, column by column. */
  readonly transposed: boolean;
  readonly files: Readonly<Record<'trainImages' | 'trainLabels' | 'testImages' | 'testLabels', DataFile>>;
}

const shows = {
  digits: { what: 'digits', reads: 'reads', read: 'read' },
  letters: { what: 'letters', reads: 'reads', read: 'read' },
  images: { what: 'images', reads: 'recognises', read: 'recognised' },
};

const least = 10; // of training and of test images, as the settings have it

/** Images that are in training and test sets already. */
const parted = (train: number, test: number): Split => ({
  ...{ train, test, mostTrain: train, mostTest: test },
  all: train + test,
});

/** `all` images that are taken apart here, `test` of them for tests. */
const pooled = (all: number, test: number): Split => ({
  ...{ train: all - test, test, mostTrain: all - least, mostTest: all - least },
  all,
});

const mnist = { title: 'MNIST', ...shows.digits, classes: 10 };

const full: Original = {
  ...mnist,
  split: parted(60_000, 10_000),
  folder: '',
  sources: [
    'https://storage.googleapis.com/cvdf-datasets/mnist/',
    'https://ossci-datasets.s3.amazonaws.com/mnist/',
  ],
  largest: 12_000_000,
  digestOf: 'content',
  firstLabel: 0,
  transposed: false,
  files: {
    trainImages: {
      name: 'train-images-idx3-ubyte.gz',
      length: 47_040_016,
      sha256: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
    },
    trainLabels: {
      name: 'train-labels-idx1-ubyte.gz',
      length: 60_008,
      sha256: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
    },
    testImages: {
      name: 't10k-images-idx3-ubyte.gz',
      length: 7_840_016,
      sha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
    },
    testLabels: {
      name: 't10k-labels-idx1-ubyte.gz',
      length: 10_008,
      sha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
    },
  },
};

const fashion: Original = {
  ...full,
  ...shows.images,
  title: 'Fashion-MNIST',
  folder: 'fashion',
  sources: [
    'https://storage.googleapis.com/tensorflow/tf-keras-datasets/',
    'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
  ],
  largest: 26_421_880,
  digestOf: 'file',
  files: {
    trainImages: {
      ...full.files.trainImages,
      sha256: '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84',
    },
    trainLabels: {
      ...full.files.trainLabels,
      sha256: 'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845',
    },
    testImages: {
      ...full.files.testImages,
      sha256: '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073',
    },
    testLabels: {
      ...full.files.testLabels,
      sha256: '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5',
    },
  },
};

const letters: Original = {
  ...shows.letters,
  title: 'EMNIST Letters',
  classes: 26,
  split: parted(124_800, 20_800),
  folder: 'emnist-letters',
  sources: ['https://media.githubusercontent.com/media/aurelienduarte/emnist/master/gzip/'],
  largest: 30_804_864,
  digestOf: 'file',
  firstLabel: 1,
  transposed: true,
  files: {
    trainImages: {
      name: 'emnist-letters-train-images-idx3-ubyte.gz',
      length: 97_843_216,
      sha256: '6288f418a917e007bf5fddb823a2dc7a5c6a35031401b93292a539cb12bd881f',
    },
    trainLabels: {
      name: 'emnist-letters-train-labels-idx1-ubyte.gz',
      length: 124_808,
      sha256: '9759af91ea6bccdf07a6040fd085861f2ec88e37f7c3f5760f6feb57106fbe5c',
    },
    testImages: {
      name: 'emnist-letters-test-images-idx3-ubyte.gz',
      length: 16_307_216,
      sha256: '50f0e93d75b99b463e9760b8345866f22587fa2c2fba472730a5ba09c693412d',
    },
    testLabels: {
      name: 'emnist-letters-test-labels-idx1-ubyte.gz',
      length: 20_808,
      sha256: '924955c31fe7fd809b7303b5c0141282955f4b8390c74cdfd5d80435e0f4b4cb',
    },
  },
};

/** The sets that are fetched, by what `--data` calls them. */
export const originals = { full, fashion, 'emnist-letters': letters } satisfies Readonly<
  Record<string, Original>
>;

export type OriginalName = keyof typeof originals;
export const originalNames = Object.keys(originals) as OriginalName[];

export const isOriginal = (data: string): data is OriginalName => Object.hasOwn(originals, data);

/** All sets that have a name. */
const named: Readonly<Record<string, DataSet>> = {
  embedded: { ...mnist, split: pooled(10_000, 2000) },
  ...originals,
};
export const setNames = Object.keys(named);

/** A set of a user's own. */
export interface OwnSet {
  /** Its folder, from the clone if it lies in there. */
  readonly folder: string;
  readonly classes: number;
  /** Images to train on, and to test with if they are set apart. */
  readonly train: number;
  readonly test: number;
  /** SHA-256 of all its files, in hex. */
  readonly sha256: string;
}

/** What a config calls a set of a user's own: all that a run of it depends on. */
export function ownName({ folder, classes, train, test, sha256 }: OwnSet): string {
  return `${folder} (${classes} classes, ${test ? `${train} + ${test}` : train} images, SHA-256 ${sha256})`;
}

const ownPattern = /^(.+) \((\d{1,4}) classes, (\d{1,7})(?: \+ (\d{1,7}))? images, SHA-256 ([0-9a-f]{64})\)$/;

/** What `ownName` made `data` of, if it did. */
export function ownSet(data: string): OwnSet | undefined {
  const [, folder, classes, train, test = 0, sha256] = ownPattern.exec(data) ?? [];
  return folder === undefined
    ? undefined
    : { folder, sha256, classes: Number(classes), train: Number(train), test: Number(test) };
}

const asDataSet = ({ folder, classes, train, test }: OwnSet): DataSet => ({
  title: folder,
  ...shows.images,
  classes,
  split: test ? parted(train, test) : pooled(train, Math.round(train / 5)),
});

/** The set that a config calls `data`, if it is one. */
export function findSet(data: string): DataSet | undefined {
  if (Object.hasOwn(named, data)) return named[data];
  const own = ownSet(data);
  return own && asDataSet(own);
}

/** What a line calls it: shorter, where it is a user's own. */
export const shortName = (data: string): string => ownSet(data)?.folder ?? data;

/** What a config has of its set. */
export interface OnSet {
  readonly data: string;
}

/** The set of a checked config. */
export function setOf({ data }: OnSet): DataSet {
  const found = findSet(data);
  if (!found) throw new RangeError(`there is no set called ${data}`);
  return found;
}

export const classesOf = (config: OnSet): number => setOf(config).classes;
