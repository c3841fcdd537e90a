#include "net/platforms/jpeg.hpp"

#include <vips/vips.h>

#include <memory>
#include <mutex>

namespace troupe::platforms::jpeg {
namespace {

constexpr int qualities[] = {92, 85, 75, 65, 50};

// libvips keeps a global cache and threads by default; one picture at a time needs neither.
bool ready() {
  static std::once_flag once;
  static bool ok = false;
  std::call_once(once, [] {
    ok = vips_init("troupe") == 0;
    if (!ok) return;
    vips_cache_set_max(0);
    vips_concurrency_set(1);
  });
  return ok;
}

struct unref {
  void operator()(VipsImage* i) const noexcept { g_object_unref(i); }
};
using picture = std::unique_ptr<VipsImage, unref>;

bool has(VipsImage* i, const char* field) { return vips_image_get_typeof(i, field) != 0; }

result failure(const char* what) {
  result r;
  r.error = what;
  vips_error_clear();
  return r;
}

// Upright, and in the colours that a viewer assumes when no profile is left.
picture normalised(picture in) {
  VipsImage* out = nullptr;
  if (vips_autorot(in.get(), &out, nullptr) != 0) return nullptr;
  in.reset(out);
  if (has(in.get(), VIPS_META_ICC_NAME)) {
    out = nullptr;
    // A broken profile is no reason to refuse the picture: it then keeps its numbers.
    if (vips_icc_transform(in.get(), &out, "srgb", "embedded", TRUE, nullptr) == 0) {
      in.reset(out);
    } else {
      vips_error_clear();
    }
  }
  return in;
}

} // namespace

result without_metadata(const std::string& path, std::size_t max_bytes) {
  if (!ready()) return failure("the image library could not start");
  VipsImage* opened = nullptr;
  if (vips_jpegload(path.c_str(), &opened, "access", VIPS_ACCESS_RANDOM, nullptr) != 0)
    return failure("the file is not a readable JPEG");
  picture in(opened);
  if (!has(in.get(), VIPS_META_EXIF_NAME) && !has(in.get(), VIPS_META_XMP_NAME) &&
      !has(in.get(), VIPS_META_IPTC_NAME)) {
    result r;
    r.what = state::clean;
    return r;
  }
  in = normalised(std::move(in));
  if (!in) return failure("the JPEG could not be turned upright");
  for (const int quality : qualities) {
    void* data = nullptr;
    std::size_t size = 0;
    if (vips_jpegsave_buffer(in.get(), &data, &size, "Q", quality, "strip", TRUE, "optimize_coding", TRUE,
                             nullptr) != 0)
      return failure("the JPEG is damaged");
    result r;
    r.bytes.assign(static_cast<const char*>(data), size);
    g_free(data);
    r.width = vips_image_get_width(in.get());
    r.height = vips_image_get_height(in.get());
    r.what = state::resaved;
    if (max_bytes == 0 || size <= max_bytes) return r;
  }
  return failure("the picture does not become small enough without its metadata");
}

} // namespace troupe::platforms::jpeg
