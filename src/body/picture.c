#include "weir/body/picture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "shrink.h"
#include "weir/base/buf.h"
#include "weir/base/mem.h"
#include "weir/base/path.h"
#include "weir/body/image.h"

#define MEMORY_MAX ((rlim_t)768 << 20) /* of addresses, libraries included */
#define SECONDS    5                   /* of computing */
#define INPUT_MAX  ((size_t)64 << 20)

/* ---- averaging ---- */

static void shrink_clear(struct shrink *s) {
  free(s->sum);
  free(s->count);
  s->sum = NULL;
  s->count = NULL;
}

bool shrink_begin(struct shrink *s, unsigned width, unsigned height, struct err *err) {
  if (width == 0 || height == 0 || (uint64_t)width * height > PICTURE_PIXELS)
    return err_set(err, "%ux%u pixels are too many for a preview", width, height);
  s->width = width;
  s->height = height;
  s->small_width = width < s->fit_width ? width : s->fit_width;
  s->small_height = (unsigned)((uint64_t)height * s->small_width / width);
  if (s->small_height > s->fit_height) {
    s->small_height = s->fit_height;
    s->small_width = (unsigned)((uint64_t)width * s->fit_height / height);
  }
  s->small_width += s->small_width == 0;
  s->small_height += s->small_height == 0;
  shrink_clear(s);
  size_t n = (size_t)s->small_width * s->small_height;
  s->sum = mem_zero(n * 4, sizeof *s->sum);
  s->count = mem_zero(n, sizeof *s->count);
  return true;
}

void shrink_add(struct shrink *s, unsigned x, unsigned y, const unsigned char *rgba, unsigned n) {
  if (y >= s->height || x >= s->width || s->sum == NULL)
    return;
  if (n > s->width - x)
    n = s->width - x;
  size_t row = (size_t)((uint64_t)y * s->small_height / s->height) * s->small_width;
  for (unsigned i = 0; i < n; i++, rgba += 4) {
    size_t at = row + (size_t)((uint64_t)(x + i) * s->small_width / s->width);
    uint64_t *sum = &s->sum[at * 4];
    for (int c = 0; c < 3; c++)
      sum[c] += (uint64_t)rgba[c] * rgba[3];
    sum[3] += rgba[3];
    s->count[at]++;
  }
}

static void shrink_end(struct shrink *s, struct picture *picture) {
  size_t n = (size_t)s->small_width * s->small_height;
  *picture = (struct picture){s->small_width, s->small_height, mem_zero(n, 4)};
  for (size_t i = 0; i < n; i++) {
    const uint64_t *sum = &s->sum[i * 4];
    for (int c = 0; c < 3 && sum[3] > 0; c++)
      picture->rgba[i * 4 + (size_t)c] = (unsigned char)(sum[c] / sum[3]);
    if (s->count[i] > 0)
      picture->rgba[i * 4 + 3] = (unsigned char)(sum[3] / s->count[i]);
  }
}

/* ---- reading ---- */

bool picture_read(struct slice bytes, unsigned width, unsigned height, struct picture *picture, struct err *err) {
  static picture_read_fn *const read[] = {[IMAGE_PNG] = picture_png,
                                          [IMAGE_JPEG] = picture_jpeg,
                                          [IMAGE_GIF] = picture_gif,
                                          [IMAGE_WEBP] = picture_webp,
                                          [IMAGE_AVIF] = NULL};
  struct image_facts facts;
  struct shrink shrink = {.fit_width = width < PICTURE_SIDE_MAX ? width : PICTURE_SIDE_MAX,
                          .fit_height = height < PICTURE_SIDE_MAX ? height : PICTURE_SIDE_MAX};
  struct err unheard;
  if (!err)
    err = &unheard;
  err->text[0] = '\0';
  *picture = (struct picture){0, 0, NULL};
  if (!image_look(slice_sub(bytes, 0, IMAGE_LOOK), &facts))
    return err_set(err, "this is no image that weir knows");
  if (!read[facts.form])
    return err_set(err, "there is no preview of %s", facts.name);
  bool ok = width > 0 && height > 0 && read[facts.form](bytes, &shrink, err);
  if (ok)
    shrink_end(&shrink, picture);
  shrink_clear(&shrink);
  return ok;
}

void picture_clear(struct picture *picture) {
  free(picture->rgba);
  *picture = (struct picture){0, 0, NULL};
}

/* ---- the process ---- */

bool picture_parse(struct slice written, struct picture *picture) {
  struct slice line, word;
  uint64_t side[2];
  *picture = (struct picture){0, 0, NULL};
  if (!slice_split(&written, '\n', &line))
    return false;
  for (int i = 0; i < 2; i++)
    if (!slice_split(&line, ' ', &word) || !slice_to_u64(word, &side[i]) || side[i] == 0 || side[i] > PICTURE_SIDE_MAX)
      return false;
  size_t n = (size_t)(side[0] * side[1] * 4);
  if (written.n != n)
    return false;
  *picture = (struct picture){(unsigned)side[0], (unsigned)side[1], mem_alloc(n)};
  memcpy(picture->rgba, written.p, n);
  return true;
}

/* A sanitizer's shadow is address space by the terabyte, and at the end it opens files of /proc. */
#if defined(__SANITIZE_ADDRESS__)
#define SHADOWED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SHADOWED 1
#endif
#endif
#ifndef SHADOWED
#define SHADOWED 0
#endif

static void limit(int what, rlim_t most) {
  struct rlimit r = {most, most};
  setrlimit(what, &r);
}

static void read_input(struct buf *in) {
  for (ssize_t n = 1; n > 0 && in->n < INPUT_MAX;) {
    n = read(STDIN_FILENO, buf_reserve(in, (size_t)1 << 16), (size_t)1 << 16);
    in->n += n > 0 ? (size_t)n : 0;
  }
}

/* "80x24" */
static bool read_size(const char *text, unsigned *width, unsigned *height) {
  struct slice rest = slice_of(text), part;
  uint64_t w, h;
  if (!slice_split(&rest, 'x', &part) || !slice_to_u64(part, &w) || !slice_to_u64(rest, &h) || w > 65535 || h > 65535)
    return false;
  *width = (unsigned)w;
  *height = (unsigned)h;
  return true;
}

int picture_main(const char *size) {
  struct err err = ERR_INIT;
  struct picture picture;
  struct buf in = BUF_INIT, head = BUF_INIT;
  unsigned width = 0, height = 0;
  if (!SHADOWED) {
    limit(RLIMIT_AS, MEMORY_MAX);
    limit(RLIMIT_NOFILE, 3); /* and nothing opened */
  }
  limit(RLIMIT_CPU, SECONDS);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_NPROC, 0);
  if (!read_size(size, &width, &height))
    return EXIT_FAILURE;
  read_input(&in);
  bool ok = picture_read(buf_slice(&in), width, height, &picture, &err);
  if (!ok)
    fprintf(stderr, "%s\n", err.text);
  buf_printf(&head, "%u %u\n", picture.width, picture.height);
  ok =
      ok && path_write_all(STDOUT_FILENO, buf_slice(&head)) &&
      path_write_all(STDOUT_FILENO, slice_make((const char *)picture.rgba, (size_t)picture.width * picture.height * 4));
  picture_clear(&picture);
  buf_clear(&in);
  buf_clear(&head);
  return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
