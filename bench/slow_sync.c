/* Delays every sync of a disk: what a slower disk does to whoever waits for it. Loaded with LD_PRELOAD by scripts/bench.
 *
 *     SLOW_SYNC_MICROSECONDS=5000 LD_PRELOAD=…/slow_sync.so PROGRAM
 *
 * The sync itself is done as well. Several at once are delayed side by side, as on a disk with a queue. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

static long nanoseconds(void) {
  static long known = -1;
  if (known < 0) {
    const char *text = getenv("SLOW_SYNC_MICROSECONDS");
    known = text ? atol(text) * 1000 : 0;
  }
  return known;
}

static int slow(const char *name, int file) {
  struct timespec left = {nanoseconds() / 1000000000, nanoseconds() % 1000000000};
  int (*sync)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  while (nanosleep(&left, &left) == -1 && errno == EINTR) {
  }
  return sync(file);
}

int fsync(int file) { return slow("fsync", file); }
int fdatasync(int file) { return slow("fdatasync", file); }
