// Before each file: the engine and the threads that a new process would choose, whatever the file before it chose.
import { defaultEngine } from '../../src/engines/index.ts';
import { atOnce, useThreads } from '../../src/engines/threads.ts';
import { setEngine } from '../../src/graph/index.ts';

useThreads(atOnce());
setEngine(defaultEngine());
