// The machine's limits: `limits peak N` and `limits bandwidth N` measure on N threads once a line of input.
// peak: GFLOP/s of multiply-adds that stay in registers. bandwidth: GB/s of out[i] = a[i] · s + 1 on 10 million f32.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#if defined(__AVX__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
enum { lanes = 16, chains = 24 };
#elif defined(__AVX__)
enum { lanes = 8, chains = 12 };
#elif defined(__aarch64__)
enum { lanes = 4, chains = 24 };
#else
enum { lanes = 4, chains = 12 };
#endif
typedef float vec __attribute__((vector_size(lanes * sizeof(float))));
enum { elements = 10000000, steps = 20000, seconds_ms = 60 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

static float *in, *out;
static int threads, streaming;
static pthread_barrier_t gate;
static volatile float sink;

// `chains` independent accumulators hide the latency of an add; none leaves its register inside the loop.
static double multiply_adds(void) {
  vec acc[chains], x = {0}, y = {0};
  x += 0.999f;
  y += 0.001f;
  for (int k = 0; k < chains; k++) acc[k] = y * (float)k;
  double work = 0, end = now() + seconds_ms * 1e-3;
  while (now() < end) {
    for (int i = 0; i < steps; i++) {
#pragma GCC unroll 32
      for (int k = 0; k < chains; k++) acc[k] = acc[k] * x + y;
    }
    work += 2.0 * steps * chains * lanes;
  }
  float sum = 0;
  for (int k = 0; k < chains; k++)
    for (int j = 0; j < lanes; j++) sum += acc[k][j];
  sink = sum;
  return work;
}

static void sweep(int64_t begin, int64_t end) {
  int64_t i = begin;
#if defined(__AVX__)
  if (streaming) {
    __m256 s = _mm256_set1_ps(1.5f), one = _mm256_set1_ps(1);
    for (; i + 8 <= end; i += 8)
      _mm256_stream_ps(out + i, _mm256_add_ps(_mm256_mul_ps(_mm256_loadu_ps(in + i), s), one));
  }
#endif
  for (; i < end; i++) out[i] = in[i] * 1.5f + 1;
}

struct job { int id, bandwidth; double work, begin, end; };

static void *work(void *argument) {
  struct job *job = argument;
  pthread_barrier_wait(&gate);
  job->begin = now();
  if (job->bandwidth) {
    int64_t part = (elements / threads + 7) / 8 * 8, from = part * job->id, to = from + part;
    if (to > elements || job->id == threads - 1) to = elements;
    sweep(from, to);
    job->work = 8.0 * (to - from);
  } else {
    job->work = multiply_adds();
  }
  job->end = now();
  return NULL;
}

// Work per second from the first start to the last end, in 10⁹.
static double measure(int bandwidth) {
  pthread_t ids[threads];
  struct job jobs[threads];
  for (int i = 0; i < threads; i++) {
    jobs[i] = (struct job){.id = i, .bandwidth = bandwidth};
    if (pthread_create(&ids[i], NULL, work, &jobs[i])) exit(1);
  }
  double total = 0, begin = 1e300, end = 0;
  for (int i = 0; i < threads; i++) {
    pthread_join(ids[i], NULL);
    total += jobs[i].work;
    if (jobs[i].begin < begin) begin = jobs[i].begin;
    if (jobs[i].end > end) end = jobs[i].end;
  }
  return total / (end - begin) * 1e-9;
}

int main(int argc, char **argv) {
  if (argc != 3 || (threads = atoi(argv[2])) < 1 || threads > 4096) return 2;
  int bandwidth = strcmp(argv[1], "bandwidth") == 0;
  pthread_barrier_init(&gate, NULL, threads);
  if (bandwidth) {
    if (posix_memalign((void **)&in, 64, elements * sizeof(float))) return 1;
    if (posix_memalign((void **)&out, 64, elements * sizeof(float))) return 1;
    for (int i = 0; i < elements; i++) in[i] = out[i] = i;
  }
  char line[64];
  while (fgets(line, sizeof line, stdin)) {
    double best = 0;
    // Plain stores first read what they overwrite; stores past the cache do not. The better of both counts.
    for (int i = 0; i < (bandwidth ? 8 : 1); i++) {
      streaming = i % 2;
      double got = measure(bandwidth);
      if (got > best) best = got;
    }
    printf("%.3f\n", best);
    fflush(stdout);
  }
  return 0;
}
