// The C that runs programs: a pool of threads that share each routine's tasks. Built once, apart from them.

export const runtimeSource = `#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* What a program is: lists of steps, each up to one of kind 0. A place is where something lies in the arena, or ~i for
   the array i. */
typedef struct step {
  int64_t kind; /* 1 a kernel, 2 a repeat, 3 a branch, 4 a loop while something holds, 5 rounds that threads share */
  void (*run)(const int64_t *places, void *const *arrays, char *arena, char *scratch, int64_t begin, int64_t end);
  /* of the buffers that a kernel touches; of each slice of a repeat its array, its place, where it begins there and how
     far it moves, in bytes; of the bool that a branch or a loop goes by; of rounds whether threads share them, how many axes
     they have, the axes' sizes, and then of each slice the same, with how far it moves along each axis */
  const int64_t *places;
  int64_t count, more; /* tasks, and whether threads share them; rounds, and how many slices they have */
  const struct step *first, *second; /* a body; two branches; a test and a body */
} step;

#if defined(__x86_64__) || defined(__i386__)
#define PAUSE() __builtin_ia32_pause()
#elif defined(__aarch64__)
#define PAUSE() __asm__ volatile("yield")
#else
#define PAUSE()
#endif

enum { most_threads = 256, patience = 4000 };

static struct {
  const step *of;
  void *const *arrays;
  char *arena, *scratch;
  int64_t scratch_bytes, chunk, threads;
} job;
static int64_t entries;           /* of the running program's arrays */
static atomic_int_fast64_t next;  /* the first task that nobody has taken */
static atomic_int open_, inside;  /* whether the job may be read; who is reading it */
static atomic_uint posted;        /* jobs so far */
static atomic_int asleep;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static int workers;

static void *at(int64_t place, void *const *arrays, char *arena) {
  return place < 0 ? arrays[~place] : arena + place;
}

/* Rounds begin to end - 1, each all of the body, with arrays of this thread's own for what is sliced. */
static void rounds(const step *of, void *const *arrays, char *arena, char *scratch, int64_t begin, int64_t end) {
  int64_t axes = of->places[1];
  const int64_t *sizes = of->places + 2, *slices = sizes + axes;
  void *own[entries + 1];
  memcpy(own, arrays, entries * sizeof(void *));
  for (int64_t i = begin; i < end; i++) {
    for (int64_t j = 0; j < of->more; j++) {
      const int64_t *slice = slices + (3 + axes) * j;
      int64_t left = i, moved = slice[2];
      for (int64_t k = axes - 1; k >= 0; left /= sizes[k--]) moved += left % sizes[k] * slice[3 + k];
      own[slice[0]] = (char *)at(slice[1], arrays, arena) + moved;
    }
    for (const step *each = of->first; each->kind; each++) each->run(each->places, own, arena, scratch, 0, each->count);
  }
}

static void work(int64_t thread) {
  char *scratch = job.scratch + thread * job.scratch_bytes;
  for (;;) {
    int64_t begin = atomic_fetch_add(&next, job.chunk), end = begin + job.chunk;
    if (begin >= job.of->count) return;
    if (end > job.of->count) end = job.of->count;
    if (job.of->kind == 5) rounds(job.of, job.arrays, job.arena, scratch, begin, end);
    else job.of->run(job.of->places, job.arrays, job.arena, scratch, begin, end);
  }
}

static void *serve(void *thread) {
  unsigned seen = 0;
  for (;;) {
    for (int i = 0; i < patience && atomic_load(&posted) == seen; i++) PAUSE();
    if (atomic_load(&posted) == seen) {
      pthread_mutex_lock(&mutex);
      atomic_fetch_add(&asleep, 1);
      while (atomic_load(&posted) == seen) pthread_cond_wait(&wake, &mutex);
      atomic_fetch_sub(&asleep, 1);
      pthread_mutex_unlock(&mutex);
    }
    seen = atomic_load(&posted);
    atomic_fetch_add(&inside, 1);
    /* an earlier program may have hired more than this one has scratch for */
    if (atomic_load(&open_) && (int64_t)(intptr_t)thread < job.threads) work((int64_t)(intptr_t)thread);
    atomic_fetch_sub(&inside, 1);
  }
  return 0;
}

/* Has at least threads - 1 workers where the system grants them. */
static void hire(int64_t threads) {
  while (workers < threads - 1 && workers < most_threads - 1) {
    pthread_t id;
    if (pthread_create(&id, 0, serve, (void *)(intptr_t)(workers + 1))) return;
    pthread_detach(id);
    workers++;
  }
}

static void share(int64_t threads) {
  atomic_store(&next, 0);
  job.threads = threads;
  job.chunk = job.of->count / (threads * 8) > 1 ? job.of->count / (threads * 8) : 1;
  atomic_store(&open_, 1);
  atomic_fetch_add(&posted, 1);
  if (atomic_load(&asleep)) {
    pthread_mutex_lock(&mutex);
    pthread_cond_broadcast(&wake);
    pthread_mutex_unlock(&mutex);
  }
  work(0);
  atomic_store(&open_, 0);
  for (int i = 0; atomic_load(&inside); i++)
    if (i < patience) PAUSE(); else sched_yield();
}

/* Asks for large pages where memory is new: fewer faults as it is first touched, and fewer misses later. */
void advise(char *memory, int64_t bytes) {
#ifdef MADV_HUGEPAGE
  uintptr_t page = 4096, from = ((uintptr_t)memory + page - 1) & ~(page - 1), to = ((uintptr_t)memory + bytes) & ~(page - 1);
  if (to > from) madvise((void *)from, to - from, MADV_HUGEPAGE);
#endif
}

static char *aligned(char *memory) { return (char *)(((uintptr_t)memory + 63) & ~(uintptr_t)63); }

static void perform(const step *of, void **arrays, char *arena, char *scratch, int64_t scratch_bytes, int64_t threads) {
  for (; of->kind; of++)
    switch (of->kind) {
    case 1:
    case 5:
      if (threads == 1 || !(of->kind == 1 ? of->more : of->places[0])) {
        if (of->kind == 1) of->run(of->places, arrays, arena, scratch, 0, of->count);
        else rounds(of, arrays, arena, scratch, 0, of->count);
        break;
      }
      job.of = of, job.arrays = arrays, job.arena = arena, job.scratch = scratch, job.scratch_bytes = scratch_bytes;
      share(threads);
      break;
    case 2:
      for (int64_t i = 0; i < of->count; i++) {
        for (int64_t j = 0; j < of->more; j++) {
          const int64_t *slice = of->places + 4 * j;
          arrays[slice[0]] = (char *)at(slice[1], arrays, arena) + slice[2] + i * slice[3];
        }
        perform(of->first, arrays, arena, scratch, scratch_bytes, threads);
      }
      break;
    case 3: {
      char holds = *(char *)at(of->places[0], arrays, arena);
      perform(holds ? of->first : of->second, arrays, arena, scratch, scratch_bytes, threads);
      break;
    }
    case 4:
      for (;;) {
        perform(of->first, arrays, arena, scratch, scratch_bytes, threads);
        if (!*(char *)at(of->places[0], arrays, arena)) break;
        perform(of->second, arrays, arena, scratch, scratch_bytes, threads);
      }
      break;
    }
}

/* Runs steps in order. There is scratch for as many threads, and 64 bytes more than needed of either memory. */
void run(const void *steps, void *const *arrays, int64_t count, int64_t slices, char *arena, char *scratch, int64_t scratch_bytes, int64_t threads) {
  if (threads > 1) hire(threads);
  entries = count + slices;
  void *all[entries + 1];
  for (int64_t i = 0; i < count; i++) all[i] = arrays[i];
  perform(steps, all, aligned(arena), aligned(scratch), scratch_bytes, threads);
}
`;
