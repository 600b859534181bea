/* Images on a page: what their first bytes tell, in words. */
#include "ui/page_rows.h"
#include "weir/body/image.h"

static struct buf *add_line(struct page *p, enum role role) {
  struct page_line line = {.text = BUF_INIT, .role = role};
  VEC_PUSH(&p->head, line);
  return &p->head.v[p->head.n - 1].text;
}

static void first_bytes(const struct body *body, struct buf *out) {
  while (out->n < IMAGE_LOOK) {
    struct slice run = slice_sub(body_at(body, out->n), 0, IMAGE_LOOK - out->n);
    if (run.n == 0)
      return;
    buf_add_slice(out, run);
  }
}

/* ---- the picture ---- */

static unsigned blend(const unsigned char *rgba, unsigned channel) {
  return rgba[channel] * rgba[3] / 255u;
}

static unsigned nearest(unsigned value) { /* of the levels 0, 95, 135, 175, 215, 255 */
  return value < 48 ? 0 : value < 115 ? 1 : (value - 35) / 40;
}

static unsigned apart(unsigned a, unsigned b) {
  return a > b ? (a - b) * (a - b) : (b - a) * (b - a);
}

/* The nearest of the 6 x 6 x 6 cube and the 24 greys. */
static uint8_t colour(const unsigned char *rgba) {
  static const uint8_t level[] = {0, 95, 135, 175, 215, 255};
  unsigned r = blend(rgba, 0), g = blend(rgba, 1), b = blend(rgba, 2);
  unsigned cr = nearest(r), cg = nearest(g), cb = nearest(b), mean = (r + g + b) / 3;
  unsigned grey = mean < 8 ? 0 : mean > 238 ? 23 : (mean - 3) / 10, shade = 8 + 10 * grey;
  unsigned cube = apart(r, level[cr]) + apart(g, level[cg]) + apart(b, level[cb]);
  bool greyer = apart(r, shade) + apart(g, shade) + apart(b, shade) < cube;
  return (uint8_t)(greyer ? 232 + grey : 16 + 36 * cr + 6 * cg + cb);
}

static const unsigned char *pixel(const struct picture *pic, unsigned x, unsigned y) {
  static const unsigned char nothing[4] = {0, 0, 0, 0};
  return y < pic->height ? pic->rgba + 4 * ((size_t)y * pic->width + x) : nothing;
}

static char tone(const unsigned char *upper, const unsigned char *lower) {
  static const char ramp[] = " .:-=+*#%@";
  unsigned light = 0;
  for (unsigned i = 0; i < 3; i++)
    light += (i == 1 ? 2 : 1) * (blend(upper, i) + blend(lower, i));
  return ramp[light * (sizeof ramp - 2) / (8 * 255)];
}

/* A row of cells: two pixels each, one above the other. */
static void put_row(struct page *p, const struct page_picture *shown, unsigned y) {
  const struct picture *pic = shown->picture;
  struct buf *text = add_line(p, ROLE_TEXT);
  uint8_t *paint = shown->many ? mem_alloc(2 * (size_t)pic->width) : NULL;
  for (unsigned x = 0; x < pic->width; x++) {
    const unsigned char *upper = pixel(pic, x, y), *lower = pixel(pic, x, y + 1);
    if (!shown->many) {
      buf_add_byte(text, tone(upper, lower));
      continue;
    }
    buf_add_text(text, "\xe2\x96\x80");
    paint[2 * x] = colour(upper);
    paint[2 * x + 1] = colour(lower);
  }
  p->head.v[p->head.n - 1].paint = paint;
}

static void put_picture(struct page *p, const struct page_picture *shown) {
  if (shown->state == PAGE_PICTURE_COMING)
    buf_add_text(add_line(p, ROLE_DIM), "its picture is being made");
  else if (shown->state == PAGE_PICTURE_NONE)
    buf_printf(add_line(p, ROLE_DIM), "no picture: %s", shown->why);
  else
    for (unsigned y = 0; y < shown->picture->height; y += 2)
      put_row(p, shown, y);
}

/* ---- facts ---- */

static void put_facts(struct page *p, const struct image_facts *f) {
  add_line(p, ROLE_TEXT);
  struct buf *line = add_line(p, ROLE_TEXT);
  buf_printf(line, "%s image", f->name);
  if (f->width > 0)
    buf_printf(line, ", %u x %u", f->width, f->height);
  if (f->pixels[0] != '\0')
    buf_printf(line, ", %s", f->pixels);
  if (f->animated)
    buf_add_text(line, ", animated");
  if (f->camera[0] != '\0')
    buf_printf(add_line(p, ROLE_DIM), "camera   %s", f->camera);
  if (f->taken[0] != '\0')
    buf_printf(add_line(p, ROLE_DIM), "taken    %s", f->taken);
  if (f->turn > 0)
    buf_printf(add_line(p, ROLE_DIM), "to be turned by %u degrees", f->turn);
  if (f->placed)
    buf_add_text(add_line(p, ROLE_CLIENT_ERROR), "! it says where it was taken (GPS)");
}

void page_image_rows(struct page *p, const struct flow_message *m) {
  const struct body *body = p->want.sent ? flow_sent_body(m) : &m->body;
  const struct http_head *head = p->want.sent ? flow_sent_head(m) : &m->head;
  struct slice coding;
  struct buf first = BUF_INIT;
  struct image_facts facts;
  p->image = false;
  if (p->want.view != BODY_VIEW_PRETTY || p->want.brief || head->raw == NULL ||
      http_head_find(head, "Content-Encoding", &coding))
    return;
  if (image_look(slice_sub(body_at(body, 0), 0, 64), &facts))
    first_bytes(body, &first);
  p->image = image_look(buf_slice(&first), &facts);
  if (p->image) {
    put_facts(p, &facts);
    if (p->want.picture != NULL)
      put_picture(p, p->want.picture);
  }
  buf_clear(&first);
}
