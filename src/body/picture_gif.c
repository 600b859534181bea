#include "shrink.h"

#ifdef WEIR_GIF
#include <gif_lib.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/mem.h"

static int on_read(GifFileType *gif, GifByteType *to, int n) {
  struct slice *rest = gif->UserData;
  size_t have = (size_t)n < rest->n ? (size_t)n : rest->n;
  if (have > 0)
    memcpy(to, rest->p, have);
  *rest = slice_from(*rest, have);
  return (int)have;
}

/* Blocks that stand before a picture; *clear gets the colour that is none, -1: all are. */
static bool extension(GifFileType *gif, int *clear) {
  GifByteType *data;
  int code;
  if (DGifGetExtension(gif, &code, &data) == GIF_ERROR)
    return false;
  for (bool first = true; data != NULL; first = false) {
    GraphicsControlBlock control;
    if (first && code == GRAPHICS_EXT_FUNC_CODE && DGifExtensionToGCB(data[0], data + 1, &control) == GIF_OK)
      *clear = control.TransparentColor;
    if (DGifGetExtensionNext(gif, &data) == GIF_ERROR)
      return false;
  }
  return true;
}

static bool to_picture(GifFileType *gif, int *clear) {
  GifRecordType type;
  while (DGifGetRecordType(gif, &type) == GIF_OK && type != TERMINATE_RECORD_TYPE) {
    if (type == IMAGE_DESC_RECORD_TYPE)
      return DGifGetImageDesc(gif) == GIF_OK;
    if (type == EXTENSION_RECORD_TYPE && !extension(gif, clear))
      return false;
  }
  return false;
}

/* Interlaced rows come in four groups (GIF89a, appendix E). */
static int place_of(int row, int height, bool interlaced) {
  static const int from[] = {0, 4, 2, 1}, by[] = {8, 8, 4, 2};
  if (!interlaced)
    return row;
  for (int i = 0; i < 4; i++) {
    int rows = (height - from[i] + by[i] - 1) / by[i];
    if (row < rows)
      return from[i] + row * by[i];
    row -= rows > 0 ? rows : 0;
  }
  return height;
}

static void put_row(struct shrink *into, const GifFileType *gif, int y, const GifByteType *line, unsigned char *rgba,
                    int clear) {
  const ColorMapObject *map = gif->Image.ColorMap != NULL ? gif->Image.ColorMap : gif->SColorMap;
  for (int x = 0; x < gif->Image.Width; x++) {
    int colour = line[x];
    bool known = map != NULL && colour < map->ColorCount;
    rgba[x * 4] = known ? map->Colors[colour].Red : 0;
    rgba[x * 4 + 1] = known ? map->Colors[colour].Green : 0;
    rgba[x * 4 + 2] = known ? map->Colors[colour].Blue : 0;
    rgba[x * 4 + 3] = colour == clear ? 0 : 0xff;
  }
  shrink_add(into, (unsigned)gif->Image.Left, (unsigned)(gif->Image.Top + y), rgba, (unsigned)gif->Image.Width);
}

bool picture_gif(struct slice bytes, struct shrink *into, struct err *err) {
  struct slice rest = bytes;
  int clear = -1, error = 0;
  unsigned char *line = NULL;
  bool begun = false;
  GifFileType *gif = DGifOpen(&rest, on_read, &error);
  if (gif == NULL || !to_picture(gif, &clear))
    goto out;
  int width = gif->Image.Width, height = gif->Image.Height;
  if (width <= 0 || gif->Image.Left < 0 || gif->Image.Top < 0 || gif->SWidth <= 0 || gif->SHeight <= 0 ||
      !shrink_begin(into, (unsigned)gif->SWidth, (unsigned)gif->SHeight, err))
    goto out;
  line = mem_try((size_t)width * 5);
  begun = line != NULL;
  for (int row = 0; begun && row < height && DGifGetLine(gif, line, width) == GIF_OK; row++)
    put_row(into, gif, place_of(row, height, gif->Image.Interlace), line, line + width, clear);
out:
  free(line);
  if (gif != NULL)
    DGifCloseFile(gif, &error);
  return begun || (!err->text[0] && err_set(err, "the GIF cannot be read"));
}

#else

bool picture_gif(struct slice bytes, struct shrink *into, struct err *err) {
  (void)bytes;
  (void)into;
  return err_set(err, "this weir was built without giflib");
}

#endif
