#include "net/files/image_check.hpp"

#include "net/files/gif_blocks.hpp"
#include "system/core/log.hpp"

#include <fmt/format.h>
#include <vips/vips.h>

#include <memory>
#include <mutex>

namespace troupe::files {

namespace {

struct unref {
  void operator()(VipsImage* image) const { g_object_unref(image); }
};
using image_ptr = std::unique_ptr<VipsImage, unref>;

/// One thread an image, nothing kept between images, and none of the loaders that their authors call
/// untrusted.
bool start_vips() {
  static const bool started = [] {
    if (VIPS_INIT("troupe") != 0) return false;
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    vips_cache_set_max_mem(0);
    vips_cache_set_max_files(0);
    vips_block_untrusted_set(TRUE);
    // What it has to say of a client's bytes is in its error buffer; nothing of that belongs on standard
    // error.
    g_log_set_handler(
        "VIPS", G_LOG_LEVEL_WARNING, [](const char*, GLogLevelFlags, const char*, void*) {}, nullptr);
    return true;
  }();
  return started;
}

/// The loader is chosen by what the bytes say, never by the library's own guess. Reads no pixel yet.
image_ptr open(const std::string& path, image_type type) {
  VipsImage* out = nullptr;
  constexpr auto once = VIPS_ACCESS_SEQUENTIAL;
  constexpr auto strict = VIPS_FAIL_ON_TRUNCATED;
  constexpr int all_frames = -1;
  const char* file = path.c_str();
  int failed = -1;
  switch (type) {
  case image_type::png: failed = vips_pngload(file, &out, "access", once, "fail_on", strict, nullptr); break;
  case image_type::jpeg:
    failed = vips_jpegload(file, &out, "access", once, "fail_on", strict, nullptr);
    break;
  case image_type::gif:
    failed = vips_gifload(file, &out, "access", once, "fail_on", strict, "n", all_frames, nullptr);
    break;
  case image_type::webp:
    failed = vips_webpload(file, &out, "access", once, "fail_on", strict, "n", all_frames, nullptr);
    break;
  }
  return image_ptr{failed == 0 ? out : nullptr};
}

/// Pulls every pixel through and drops it.
bool decodes(VipsImage* image) {
  auto drop = [](VipsRegion*, void*, void*, void*, gboolean*) { return 0; };
  return vips_sink(image, nullptr, drop, nullptr, nullptr, nullptr) == 0;
}

failure damaged() {
  auto* text = vips_error_buffer_copy();
  log::debug("image.refused", {{"error", std::string(text)}});
  g_free(text);
  return {ec::validation_failed, {}, {{"", "bad-format", "the image is damaged or cut off"}}};
}

expected<image_size> check(const std::string& path, image_type type, std::int64_t max_pixels) {
  auto image = open(path, type);
  if (!image) return damaged();
  image_size size;
  size.width = vips_image_get_width(image.get());
  // Frames come as one tall image.
  size.height = vips_image_get_page_height(image.get());
  if (size.width <= 0 || size.height <= 0) return damaged();
  const auto rows = std::int64_t{vips_image_get_height(image.get())};
  size.frames = static_cast<int>(rows / size.height);
  const auto pixels = rows * size.width;
  if (pixels > max_pixels)
    return failure{
        ec::validation_failed,
        {},
        {{"", "too-large",
          fmt::format("{} x {} pixels{}, allowed are {} in all", size.width, size.height,
                      size.frames > 1 ? fmt::format(" in {} frames", size.frames) : "", max_pixels)}}};
  if (type == image_type::gif && !gif_reaches_its_end(path)) return damaged();
  if (!decodes(image.get())) return damaged();
  return size;
}

} // namespace

expected<image_size> check_image(const std::string& path, image_type type, std::int64_t max_pixels) {
  if (!start_vips()) return failure{ec::unavailable, "images cannot be read on this node"};
  auto result = check(path, type, max_pixels);
  vips_error_clear();
  vips_thread_shutdown();
  return result;
}

} // namespace troupe::files
