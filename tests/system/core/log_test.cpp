#define CAF_SUITE core_log
#include <caf/test/unit_test.hpp>

#include "system/core/log.hpp"

#include <unistd.h>

#include <cstdio>

using namespace troupe;

namespace {

/// What the log wrote to standard error while `act` ran, without the time stamp.
template <class Function>
std::string logged(Function act) {
  std::fflush(stderr);
  auto* file = std::tmpfile();
  int kept = ::dup(2);
  ::dup2(::fileno(file), 2);
  act();
  std::fflush(stderr);
  ::dup2(kept, 2);
  ::close(kept);
  std::rewind(file);
  std::string text;
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
  std::fclose(file);
  auto level = text.find("level=");
  return level == std::string::npos ? text : text.substr(level);
}

} // namespace

CAF_TEST(a line names level and event before its fields) {
  CAF_CHECK_EQUAL(logged([] {
                    log::info("shard.acquired", {{"shard", 3}, {"epoch", 7}});
                  }),
                  "level=info event=shard.acquired shard=3 epoch=7\n");
  CAF_CHECK_EQUAL(logged([] { log::error("lost"); }), "level=error event=lost\n");
}

CAF_TEST(a value that could be mistaken is quoted) {
  CAF_CHECK_EQUAL(logged([] {
                    log::info("x", {{"v", "two words"}});
                  }),
                  "level=info event=x v=\"two words\"\n");
  CAF_CHECK_EQUAL(logged([] { log::info("x", {{"v", ""}}); }), "level=info event=x v=\"\"\n");
  CAF_CHECK_EQUAL(logged([] { log::info("x", {{"v", "a=b"}}); }), "level=info event=x v=\"a=b\"\n");
  CAF_CHECK_EQUAL(logged([] {
                    log::info("x", {{"v", R"(say "hi" \ now)"}});
                  }),
                  "level=info event=x v=\"say \\\"hi\\\" \\\\ now\"\n");
}

CAF_TEST(no value can begin another line or colour a terminal) {
  CAF_CHECK_EQUAL(logged([] {
                    log::info("x", {{"v", "one\nlevel=error event=forged\r\x1b[31m\x7f"}});
                  }),
                  "level=info event=x v=\"one\\x0alevel=error event=forged\\x0d\\x1b[31m\\x7f\"\n");
}

CAF_TEST(braces and percent signs in values mean nothing) {
  CAF_CHECK_EQUAL(logged([] { log::info("x", {{"v", "{}%s{0}%v"}}); }), "level=info event=x v={}%s{0}%v\n");
}

CAF_TEST(lines below the least level are not written) {
  CAF_CHECK_EQUAL(logged([] { log::debug("quiet"); }), "");
  log::set_level(log::level::warning);
  CAF_CHECK_EQUAL(logged([] { log::info("quiet"); }), "");
  CAF_CHECK_EQUAL(logged([] { log::warning("loud"); }), "level=warning event=loud\n");
  log::set_level(log::level::debug);
  CAF_CHECK_EQUAL(logged([] { log::debug("loud"); }), "level=debug event=loud\n");
  log::set_level(log::level::info);
}
