#define CAF_SUITE fuzz_corpus
#include <caf/test/unit_test.hpp>

#include "targets.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

namespace fs = std::filesystem;
using namespace std::string_view_literals;

constexpr int mutations_per_target = 4'000;
constexpr std::size_t longest_input = 8 * 1024;

/// The seed of all mutations; TROUPE_FUZZ_SEED replaces it.
std::uint64_t seed() {
  auto* given = std::getenv("TROUPE_FUZZ_SEED");
  return given ? std::strtoull(given, nullptr, 10) : 20'260'308;
}

std::vector<std::string> read_corpus(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (auto& entry : fs::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end()); // the same order everywhere, since mutations depend on it
  std::vector<std::string> out;
  for (auto& path : paths) {
    std::ifstream in(path, std::ios::binary);
    out.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return out;
}

// The input at hand: a crash writes it to a file before the program ends. Only what a signal handler may do.
const std::string* input_at_hand = nullptr;
std::array<char, 256> input_path{};

void keep_input(int) {
  auto file = input_at_hand ? open(input_path.data(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
  if (file >= 0 && write(file, input_at_hand->data(), input_at_hand->size()) >= 0) {
    constexpr auto note = "the input that crashed is kept in "sv;
    (void)!write(2, note.data(), note.size());
    (void)!write(2, input_path.data(), std::strlen(input_path.data()));
    (void)!write(2, "\n", 1);
  }
  std::signal(SIGABRT, SIG_DFL);
  std::raise(SIGABRT);
}

class mutator {
 public:
  mutator(const std::vector<std::string>& corpus, std::uint64_t from) : corpus_(corpus), random_(from) {}

  std::string next() {
    auto out = corpus_[below(corpus_.size())];
    for (auto edits = 1 + below(6); edits > 0; --edits) edit(out);
    if (out.size() > longest_input) out.resize(longest_input);
    return out;
  }

 private:
  std::size_t below(std::size_t bound) {
    return static_cast<std::size_t>(random_() % std::max<std::size_t>(bound, 1));
  }

  void edit(std::string& bytes) {
    static constexpr auto marks = "\r\n\0\t :;,?&=%/\\\"{}[]0x-+.\x7f\x80\xc3\xff"sv;
    auto at = below(bytes.size() + 1);
    auto count = below(std::min<std::size_t>(bytes.size() - at, 64) + 1);
    switch (below(7)) {
    case 0:
      if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ 1 << below(8));
      break;
    case 1: bytes.insert(at, 1, marks[below(marks.size())]); break;
    case 2: bytes.erase(at, count); break;
    case 3: bytes.insert(below(bytes.size() + 1), bytes.substr(at, count)); break;
    case 4: bytes.resize(at); break;
    case 5:
      if (at < bytes.size()) bytes[at] = static_cast<char>(below(256));
      break;
    default: {
      auto& other = corpus_[below(corpus_.size())];
      auto from = below(other.size() + 1);
      bytes.insert(at, other.substr(from, below(256)));
    }
    }
  }

  const std::vector<std::string>& corpus_;
  std::mt19937_64 random_;
};

} // namespace

// Sanitizers end the program by SIGABRT, so that the input is kept; unknown to builds without them.
// NOLINTBEGIN(bugprone-reserved-identifier): the names are theirs.
extern "C" const char* __asan_default_options() { return "abort_on_error=1"; }
extern "C" const char* __ubsan_default_options() {
  return "halt_on_error=1:abort_on_error=1:print_stacktrace=1";
}
// NOLINTEND(bugprone-reserved-identifier)

CAF_TEST(every corpus file and its mutations pass through their target) {
  auto path =
      (fs::temp_directory_path() / ("fuzz_corpus_test." + std::to_string(seed()) + ".input")).string();
  path.copy(input_path.data(), input_path.size() - 1);
  std::signal(SIGABRT, keep_input);
  CAF_MESSAGE("seed " << seed());
  CAF_REQUIRE(!troupe::fuzz::targets().empty());
  for (auto& target : troupe::fuzz::targets()) {
    CAF_MESSAGE(std::string(target.name));
    auto corpus = read_corpus(fs::path(TROUPE_FUZZ_CORPUS) / target.name);
    CAF_REQUIRE(!corpus.empty());
    auto run = [&](const std::string& bytes) {
      input_at_hand = &bytes;
      // A copy of exactly this size: a sanitizer then sees the first byte read beyond it.
      std::vector<std::uint8_t> exact(bytes.begin(), bytes.end());
      if (target.run(exact.data(), exact.size()) != 0) CAF_FAIL("a target refused its input");
      input_at_hand = nullptr;
    };
    for (auto& bytes : corpus) run(bytes);
    mutator mutations(corpus, seed());
    for (int i = 0; i < mutations_per_target; ++i) run(mutations.next());
  }
}
