#define CAF_SUITE core_secrets
#include <caf/test/unit_test.hpp>

#include "system/core/secrets.hpp"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <sstream>
#include <thread>

using namespace troupe;
using secrets::key_ring;

namespace {

struct fixture {
  std::string folder = "/tmp/troupe-keys-XXXXXX";
  std::string path;

  fixture() {
    secrets::init();
    CAF_REQUIRE(::mkdtemp(folder.data()) != nullptr);
    path = folder + "/keys";
  }
  ~fixture() {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  std::string read() {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  void write(const std::string& text, mode_t mode = 0600) {
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
  }
  key_ring load() {
    auto ring = key_ring::load(path);
    if (!ring) CAF_FAIL(ring.error().detail);
    return std::move(*ring);
  }
  void check_refused(const std::string& saying) {
    auto ring = key_ring::load(path);
    CAF_REQUIRE(!ring);
    CAF_CHECK(ring.error().code == ec::bad_configuration);
    CAF_CHECK(ring.error().detail.find(saying) != std::string::npos);
    CAF_CHECK(ring.error().detail.find(path) != std::string::npos);
  }
  static std::string line(int id, char fill) {
    return std::to_string(id) + " " + secrets::base64url(std::string(32, fill)) + "\n";
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(key_rings, fixture)

CAF_TEST(a sealed secret opens in its own context only) {
  CAF_REQUIRE(key_ring::create(path).has_value());
  auto ring = load();
  auto sealed = ring.seal("app password", "account 1");
  CAF_CHECK(sealed.find("app password") == std::string::npos);
  CAF_CHECK(sealed != ring.seal("app password", "account 1")); // A fresh nonce each time.
  CAF_CHECK_EQUAL(ring.open(sealed, "account 1").value(), "app password");
  CAF_CHECK(!ring.open(sealed, "account 2"));
  CAF_CHECK_EQUAL(ring.open(ring.seal("", "x"), "x").value(), "");
  std::string bytes("\0\xff\0", 3);
  CAF_CHECK(ring.open(ring.seal(bytes, ""), "").value() == bytes);
}

CAF_TEST(a sealed secret with any byte changed or missing does not open) {
  CAF_REQUIRE(key_ring::create(path).has_value());
  auto ring = load();
  auto sealed = ring.seal("secret", "c");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    if (ring.open(changed, "c")) CAF_FAIL("it opened with byte " << i << " changed");
    if (ring.open(sealed.substr(0, i), "c")) CAF_FAIL("it opened with " << i << " bytes");
  }
  CAF_CHECK_EQUAL(key_ring::key_id_of(sealed), 1u);
  CAF_CHECK_EQUAL(key_ring::key_id_of("abc"), 0u);
}

CAF_TEST(after a rotation the new key seals and the old one still opens) {
  CAF_REQUIRE(key_ring::create(path).has_value());
  auto before = load();
  auto old_secret = before.seal("old", "c");
  CAF_CHECK_EQUAL(key_ring::add_key(path).value(), 2u);
  auto after = load();
  CAF_CHECK_EQUAL(after.newest(), 2u);
  CAF_CHECK_EQUAL(after.open(old_secret, "c").value(), "old");
  auto new_secret = after.seal("new", "c");
  CAF_CHECK_EQUAL(key_ring::key_id_of(new_secret), 2u);
  CAF_CHECK(!before.open(new_secret, "c"));
  CAF_CHECK(before.fingerprint() != after.fingerprint());
  CAF_CHECK_EQUAL(after.fingerprint(), load().fingerprint());
  CAF_CHECK(before.derive("jwt") == after.derive("jwt"));
  CAF_CHECK(after.derive("jwt") != after.derive("cookie"));
  CAF_CHECK_EQUAL(after.derive("jwt").size(), 32u);
}

CAF_TEST(rotations at the same time lose no key) {
  CAF_REQUIRE(key_ring::create(path).has_value());
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::set<std::uint32_t> ids;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      auto id = key_ring::add_key(path);
      std::lock_guard lock{mutex};
      if (id) ids.insert(*id);
    });
  for (auto& t : threads) t.join();
  CAF_CHECK_EQUAL(ids, (std::set<std::uint32_t>{2, 3, 4, 5, 6, 7, 8, 9}));
  CAF_CHECK_EQUAL(load().newest(), 9u);
}

CAF_TEST(a key file that others may read is refused) {
  CAF_REQUIRE(key_ring::create(path).has_value());
  struct stat info {};
  CAF_REQUIRE(::stat(path.c_str(), &info) == 0);
  CAF_CHECK_EQUAL(info.st_mode & 0777, 0600u);
  for (mode_t mode : {0640, 0604, 0620, 0601}) {
    ::chmod(path.c_str(), mode);
    check_refused("allowed is mode 0600");
    CAF_CHECK(!key_ring::add_key(path));
  }
  ::chmod(path.c_str(), 0400);
  CAF_CHECK(key_ring::load(path).has_value());
}

CAF_TEST(a file laid where the new one is written does not lend it its mode) {
  CAF_REQUIRE(key_ring::create(path).has_value());
  std::ofstream(path + ".new") << "planted";
  ::chmod((path + ".new").c_str(), 0666);
  CAF_CHECK_EQUAL(key_ring::add_key(path).value(), 2u);
  CAF_CHECK_EQUAL(load().newest(), 2u);
  CAF_CHECK(!std::filesystem::exists(path + ".new"));
}

CAF_TEST(a key file is never overwritten by a new one) {
  CAF_REQUIRE(key_ring::create(path).has_value());
  auto text = read();
  auto again = key_ring::create(path);
  CAF_REQUIRE(!again);
  CAF_CHECK(again.error().detail.find("exists already") != std::string::npos);
  CAF_CHECK_EQUAL(read(), text);
  CAF_CHECK(!std::filesystem::exists(path + ".new"));
  CAF_CHECK(!key_ring::create(folder + "/missing/keys"));
}

CAF_TEST(a key file that is wrong is refused with a reason) {
  check_refused("is not there");
  write("# nothing\n");
  check_refused("holds no key");
  for (auto text :
       {std::string("1 short\n"), "0 " + secrets::base64url(std::string(32, 'x')) + "\n", std::string("x\n"),
        "1 " + secrets::base64url(std::string(31, 'x')) + "\n", line(1, 'x').insert(45, " more")}) {
    write(text);
    check_refused("has a line that is not");
  }
  write(line(1, 'a') + line(1, 'b'));
  check_refused("two keys with the id 1");
  std::filesystem::remove(path);
  std::filesystem::create_directory(path);
  ::chmod(path.c_str(), 0700);
  check_refused("is not a regular file");
}

CAF_TEST(a key file without its last line feed keeps its last key when one is added) {
  auto text = line(1, 'a') + line(7, 'b');
  text.pop_back();
  write(text);
  auto sealed = load().seal("secret", "c");
  CAF_CHECK_EQUAL(key_ring::add_key(path).value(), 8u);
  CAF_CHECK_EQUAL(load().open(sealed, "c").value(), "secret");
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST(base64url is read back and anything else is refused) {
  secrets::init();
  std::string all;
  for (int i = 0; i < 256; ++i) {
    CAF_CHECK(secrets::parse_base64url(secrets::base64url(all)).value() == all);
    all += static_cast<char>(i);
  }
  CAF_CHECK_EQUAL(secrets::base64url("\xfb\xff"), "-_8");
  CAF_CHECK_EQUAL(secrets::base64("\xfb\xff"), "+/8=");
  for (auto text : {"-_8=", "+/8", "a", "-_8 ", "-_\n8", "-_9"}) CAF_CHECK(!secrets::parse_base64url(text));
}

CAF_TEST(hashes are the known ones) {
  CAF_CHECK_EQUAL(secrets::hex(secrets::sha256("abc")),
                  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CAF_CHECK_EQUAL(secrets::hex(secrets::token_hash("abc")),
                  "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
  CAF_CHECK(secrets::equal_constant_time("abc", "abc"));
  CAF_CHECK(!secrets::equal_constant_time("abc", "abd"));
  CAF_CHECK(!secrets::equal_constant_time("abc", "ab"));
  CAF_CHECK(secrets::equal_constant_time("", ""));
  CAF_CHECK_EQUAL(secrets::random_token(16).size(), 22u);
  CAF_CHECK(secrets::random_token() != secrets::random_token());
}
