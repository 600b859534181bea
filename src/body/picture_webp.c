#include "shrink.h"

#ifdef WEIR_WEBP
#include <webp/decode.h>

/* The library makes it small while it decodes. */
static void scale(WebPDecoderConfig *config, const struct shrink *into) {
  config->options.use_scaling = 1;
  config->options.scaled_width = (int)into->small_width;
  config->options.scaled_height = (int)into->small_height;
  config->output.colorspace = MODE_RGBA;
}

bool picture_webp(struct slice bytes, struct shrink *into, struct err *err) {
  WebPDecoderConfig config;
  const uint8_t *p = (const uint8_t *)bytes.p;
  bool ok = false;
  if (!WebPInitDecoderConfig(&config) || WebPGetFeatures(p, bytes.n, &config.input) != VP8_STATUS_OK ||
      config.input.has_animation)
    return err_set(err, "there is no preview of this WebP");
  if (!shrink_begin(into, (unsigned)config.input.width, (unsigned)config.input.height, err))
    return false;
  scale(&config, into);
  VP8StatusCode code = WebPDecode(p, bytes.n, &config);
  ok = (code == VP8_STATUS_OK || code == VP8_STATUS_NOT_ENOUGH_DATA) && config.output.u.RGBA.rgba != NULL;
  ok = ok && shrink_begin(into, into->small_width, into->small_height, err);
  for (unsigned y = 0; ok && y < into->height; y++)
    shrink_add(into, 0, y, config.output.u.RGBA.rgba + (size_t)y * (size_t)config.output.u.RGBA.stride, into->width);
  WebPFreeDecBuffer(&config.output);
  return ok || (!err->text[0] && err_set(err, "the WebP cannot be read"));
}

#else

bool picture_webp(struct slice bytes, struct shrink *into, struct err *err) {
  (void)bytes;
  (void)into;
  return err_set(err, "this weir was built without libwebp");
}

#endif
