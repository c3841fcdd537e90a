#include "tests/net/files/pictures.hpp"

#include <vips/vips.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace troupe::test {

namespace {

void require(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string(what) + ": " + vips_error_buffer());
}

VipsImage* noise(int width, int height, int frames, int seed) {
  require(VIPS_INIT("test") == 0, "vips");
  VipsImage *raw = nullptr, *bytes = nullptr;
  require(
      vips_gaussnoise(&raw, width, height * frames, "mean", 128.0, "sigma", 40.0, "seed", seed, nullptr) == 0,
      "noise");
  require(vips_cast_uchar(raw, &bytes, nullptr) == 0, "cast");
  g_object_unref(raw);
  VipsImage* out = nullptr;
  require(vips_copy(bytes, &out, "interpretation", VIPS_INTERPRETATION_B_W, nullptr) == 0, "copy");
  g_object_unref(bytes);
  if (frames > 1) vips_image_set_int(out, VIPS_META_PAGE_HEIGHT, height);
  return out;
}

std::string save(VipsImage* image, const char* suffix) {
  void* buffer = nullptr;
  std::size_t size = 0;
  require(vips_image_write_to_buffer(image, suffix, &buffer, &size, nullptr) == 0, suffix);
  std::string out(static_cast<const char*>(buffer), size);
  g_free(buffer);
  g_object_unref(image);
  return out;
}

std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFFu;
  for (unsigned char c : bytes) {
    crc ^= c;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0u);
  }
  return ~crc;
}

std::string big_endian(std::uint32_t v) {
  return {static_cast<char>(v >> 24), static_cast<char>(v >> 16), static_cast<char>(v >> 8),
          static_cast<char>(v)};
}

std::string chunk(const std::string& kind, const std::string& data) {
  return big_endian(static_cast<std::uint32_t>(data.size())) + kind + data + big_endian(crc32(kind + data));
}

} // namespace

temporary_folder::temporary_folder(const std::string& base) {
  std::string pattern = base + "/troupe-files-XXXXXX";
  if (!::mkdtemp(pattern.data())) throw std::runtime_error("no temporary folder: " + pattern);
  path_ = pattern;
}

temporary_folder::~temporary_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string temporary_folder::write(const std::string& name, std::string_view bytes) const {
  auto path = path_ + "/" + name;
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

std::string picture(files::image_type type, int width, int height, int frames, int seed) {
  switch (type) {
  case files::image_type::png: return save(noise(width, height, 1, seed), ".png");
  case files::image_type::jpeg: return save(noise(width, height, 1, seed), ".jpg");
  case files::image_type::gif: return save(noise(width, height, frames, seed), ".gif");
  case files::image_type::webp: return save(noise(width, height, frames, seed), ".webp");
  }
  return {};
}

std::string progressive_jpeg(int width, int height) {
  return save(noise(width, height, 1, 7), ".jpg[interlace]");
}

std::string png_promising(std::uint32_t width, std::uint32_t height) {
  using namespace std::string_literals;
  auto header = big_endian(width) + big_endian(height) + "\x08\x02\x00\x00\x00"s;
  return "\x89PNG\r\n\x1a\n"s + chunk("IHDR", header) + chunk("IDAT", "\x78\x9c\x03\x00\x00\x00\x00\x01"s) +
         chunk("IEND", "");
}

files::spool_file upload(const temporary_folder& folder, std::string_view bytes) {
  static std::atomic<unsigned> count{0};
  return files::spool_file{folder.write("upload" + std::to_string(++count), bytes)};
}

} // namespace troupe::test
