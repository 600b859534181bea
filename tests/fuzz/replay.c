/*
 * Runs one fuzz target over its corpus without libFuzzer, for `make test`: each file as it is, cut at several places,
 * and with single bytes changed by a fixed rule. Speaks TAP; a crash is told by the runner.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FILE_MAX   ((size_t)1 << 20)
#define VARIANTS   48
#define SECONDS    5 /* for the variants; the files themselves always run */
#define CUT_PIECES 16

static uint32_t next_random(uint32_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return *state;
}

/* The target gets a block of exactly that size, so that a sanitizer sees a byte read too far. */
static void give(const uint8_t *bytes, size_t n) {
  uint8_t *copy = malloc(n ? n : 1);
  if (!copy)
    abort();
  memcpy(copy, bytes, n);
  LLVMFuzzerTestOneInput(copy, n);
  free(copy);
}

static void give_variants(uint8_t *bytes, size_t n) {
  static const uint8_t odd[] = {0, '\r', '\n', ' ', ':', 0x1b, 0x7f, 0x80, 0xff, '0', ',', ';'};
  uint32_t state = 2463534242u ^ (uint32_t)n;
  for (size_t i = 0; n && i < CUT_PIECES; i++)
    give(bytes, n * i / CUT_PIECES);
  for (int i = 0; n && i < VARIANTS; i++) {
    size_t at = next_random(&state) % n;
    uint8_t old = bytes[at];
    bytes[at] = i % 2 ? odd[next_random(&state) % sizeof odd] : (uint8_t)next_random(&state);
    give(bytes, n);
    bytes[at] = old;
  }
}

static unsigned replay(const char *folder) {
  unsigned files = 0;
  struct dirent **entry;
  int n = scandir(folder, &entry, NULL, alphasort);
  time_t until = time(NULL) + SECONDS;
  uint8_t *bytes = malloc(FILE_MAX);
  if (!bytes)
    abort();
  for (int i = 0; i < n; i++) {
    char path[4096 + 512];
    snprintf(path, sizeof path, "%s/%s", folder, entry[i]->d_name);
    FILE *f = entry[i]->d_name[0] == '.' ? NULL : fopen(path, "rb");
    free(entry[i]);
    if (!f)
      continue;
    size_t size = fread(bytes, 1, FILE_MAX, f);
    fclose(f);
    files++;
    give(bytes, size);
    if (time(NULL) < until)
      give_variants(bytes, size);
  }
  if (n >= 0)
    free(entry);
  free(bytes);
  return files;
}

/* .../tests/fuzz/fuzz_X.replay plays tests/fuzz/corpus/X. */
int main(int argc, char **argv) {
  char folder[4096];
  const char *slash = strrchr(argv[0], '/'), *name = slash ? slash + 1 : argv[0];
  if (argc > 1)
    snprintf(folder, sizeof folder, "%s", argv[1]);
  else if (strncmp(name, "fuzz_", 5) == 0)
    snprintf(folder, sizeof folder, "tests/fuzz/corpus/%.*s", (int)strcspn(name + 5, "."), name + 5);
  else
    return 2;
  printf("1..1\n");
  fflush(stdout);
  unsigned files = replay(folder);
  printf(files ? "ok 1 - %s: %u files\n" : "not ok 1 - %s holds no file (%u)\n", folder, files);
  return files ? EXIT_SUCCESS : EXIT_FAILURE;
}
