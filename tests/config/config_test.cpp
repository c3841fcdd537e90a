#define CAF_SUITE config
#include "config/fields.hpp"

#include <caf/test/unit_test.hpp>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

using namespace troupe;

namespace {

std::string read_file(const std::string& path) {
  std::ifstream in{path};
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// A configuration file that lives as long as the test.
struct fixture {
  std::string path =
      (std::filesystem::temp_directory_path() / ("troupe-conf-" + std::to_string(getpid()))).string();

  ~fixture() {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
  }

  config::loaded load(const std::string& content, config::sources more = {}) {
    std::ofstream{path, std::ios::trunc} << content;
    more.file = path;
    return config::load(more);
  }

  /// A whole configuration: what is required, and `content`.
  config::loaded load_with_dsn(const std::string& content) {
    return load(content, {{}, {}, {"database.dsn=host=127.0.0.1"}});
  }

  /// The one issue that `content` must raise, as text.
  std::string issue_of(const std::string& content) {
    auto l = load_with_dsn(content);
    if (l.issues.size() != 1) {
      std::string all;
      for (auto& i : l.issues) all += to_string(i) + '\n';
      CAF_FAIL("expected one issue of <" << content << ">, got " << l.issues.size() << ":\n" << all);
    }
    auto text = to_string(l.issues.front());
    for (auto at = text.find(path); at != std::string::npos; at = text.find(path))
      text.replace(at, path.size(), "F");
    return text;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(config_tests, fixture)

CAF_TEST(an empty file gives the defaults) {
  auto l = load_with_dsn("");
  CAF_CHECK(l.issues.empty());
  CAF_CHECK_EQUAL(l.values.http.port, 8080);
  CAF_CHECK_EQUAL(l.values.node.key_file, "var/secret.keys");
  CAF_CHECK_EQUAL(l.values.publish.max_lateness_ms, 6 * 3'600'000);
  CAF_CHECK(!l.values.redis.enabled);
}

CAF_TEST(every kind of value is read from the file) {
  auto l = load_with_dsn("[http]\nport = 9000\naddress = \"::1\"\nproxy_protocol = true\n"
                         "trusted_proxies = [\"10.0.0.0/8\", \"::1\"]\n[node]\nlog_level = \"debug\"\n");
  for (auto& i : l.issues) CAF_MESSAGE(to_string(i));
  CAF_CHECK(l.issues.empty());
  CAF_CHECK_EQUAL(l.values.http.port, 9000);
  CAF_CHECK_EQUAL(l.values.http.address, "::1");
  CAF_CHECK(l.values.http.proxy_protocol);
  CAF_CHECK(l.values.http.trusted_proxies == (config::text_list{"10.0.0.0/8", "::1"}));
  CAF_CHECK_EQUAL(l.values.node.log_level, "debug");
}

CAF_TEST(the command line wins over the environment and the environment over the file) {
  auto l = load("[http]\nport = 9000\nthreads = 3\n[node]\nname = \"from-file\"\n",
                {{},
                 {{"TROUPE_HTTP_PORT", "9001"}, {"TROUPE_HTTP_THREADS", "4"}},
                 {"http.port=9002", "database.dsn=postgresql:///x"}});
  CAF_CHECK(l.issues.empty());
  CAF_CHECK_EQUAL(l.values.http.port, 9002);
  CAF_CHECK_EQUAL(l.values.http.threads, 4);
  CAF_CHECK_EQUAL(l.values.node.name, "from-file");
}

CAF_TEST(lists and truth values are read from text) {
  auto l =
      load("", {{},
                {{"TROUPE_HTTP_TRUSTED_PROXIES", " 10.0.0.1 , 10.0.0.2"}, {"TROUPE_REDIS_ENABLED", "true"}},
                {"database.dsn=x"}});
  CAF_CHECK(l.issues.empty());
  CAF_CHECK(l.values.http.trusted_proxies == (config::text_list{"10.0.0.1", "10.0.0.2"}));
  CAF_CHECK(l.values.redis.enabled);
}

CAF_TEST(an issue names the key and what it got and what is allowed and where) {
  CAF_CHECK_EQUAL(issue_of("[http]\n\nport = 99999\n"),
                  "http.port: got 99999, allowed is an integer from 0 to 65535 (F:3)");
  CAF_CHECK_EQUAL(issue_of("[http]\nport = \"eighty\"\n"),
                  "http.port: got \"eighty\", allowed is an integer from 0 to 65535 (F:2)");
  CAF_CHECK_EQUAL(issue_of("[http]\nport = 80.5\n"),
                  "http.port: got a number with a fraction, allowed is an integer from 0 to 65535 (F:2)");
  CAF_CHECK_EQUAL(issue_of("[redis]\nenabled = 1\n"), "redis.enabled: got 1, allowed is true or false (F:2)");
  CAF_CHECK_EQUAL(
      issue_of("[node]\nlog_level = \"loud\"\n"),
      "node.log_level: got \"loud\", allowed is \"debug\", \"info\", \"warning\" or \"error\" (F:2)");
  CAF_CHECK_EQUAL(issue_of("[http]\ntrusted_proxies = [\"10.0.0.1\", 5]\n"),
                  "http.trusted_proxies: got a list, allowed is a list of at most 256 texts (F:2)");
  CAF_CHECK_EQUAL(issue_of("[media]\ndirectory = \"\"\n"),
                  "media.directory: got \"\", allowed is a text of 1 to 4096 bytes (F:2)");
  CAF_CHECK_EQUAL(issue_of("[media]\ndirectory = \"a\\nb\"\n"),
                  "media.directory: got \"a\\nb\", allowed is a text of 1 to 4096 bytes (F:2)");
  CAF_CHECK_EQUAL(issue_of("[media]\ndirectory = {}\n"),
                  "media.directory: got a table, allowed is a text of 1 to 4096 bytes (F:2)");
}

CAF_TEST(an unknown key is refused and the nearest one offered) {
  CAF_CHECK_EQUAL(
      issue_of("[http]\nprot = 8080\n"),
      "http.prot: got a key that does not exist, allowed is a known key; did you mean http.port? (F:2)");
  CAF_CHECK_EQUAL(issue_of("[kitchen]\nsink = 1\n"),
                  "kitchen: got a key that does not exist, allowed is a known key (F:1)");
  CAF_CHECK_EQUAL(issue_of("port = 1\n"),
                  "port: got a key that does not exist, allowed is a known key (F:1)");
}

CAF_TEST(all issues are collected in the order of the file) {
  auto l = load_with_dsn("[redis]\nport = 0\n[admin]\nport = -1\nnone = 1\n[http]\nport = true\n");
  CAF_REQUIRE_EQUAL(l.issues.size(), 4u);
  CAF_CHECK_EQUAL(l.issues[0].key, "redis.port");
  CAF_CHECK_EQUAL(l.issues[1].key, "admin.port");
  CAF_CHECK_EQUAL(l.issues[2].key, "admin.none");
  CAF_CHECK_EQUAL(l.issues[3].key, "http.port");
  CAF_CHECK_EQUAL(l.values.redis.port, 6379);
}

CAF_TEST(a file that is not TOML or not there is an issue) {
  auto broken = load_with_dsn("[http\nport = 1\n");
  CAF_REQUIRE_EQUAL(broken.issues.size(), 1u);
  CAF_CHECK_EQUAL(broken.issues[0].where, path + ":1");
  auto repeated = load_with_dsn("[http]\nport = 1\nport = 2\n");
  CAF_REQUIRE_EQUAL(repeated.issues.size(), 1u);
  CAF_CHECK_EQUAL(repeated.issues[0].where, path + ":3");
  for (std::string bad : {path + "-missing", std::filesystem::temp_directory_path().string()}) {
    auto l = config::load({bad, {}, {"database.dsn=x"}});
    CAF_REQUIRE_EQUAL(l.issues.size(), 1u);
    CAF_CHECK_EQUAL(l.issues[0].key, bad);
  }
  CAF_CHECK(!load_with_dsn("a = \"\xff\xfe\"\n").issues.empty());
  CAF_CHECK(!load_with_dsn(std::string(5'000'000, '#')).issues.empty());
}

CAF_TEST(overrides are checked like the file) {
  auto l = config::load({"",
                         {{"TROUPE_HTTP_PORT", "80x"},
                          {"TROUPE_HTTP_PROT", "1"},
                          {"TROUPE_TEST_PG", "somebody else's"},
                          {"TROUPE_HTTP_THREADS", ""}},
                         {"http.prt=1", "nothing", "admin.port=70000", "database.dsn=x"}});
  std::vector<std::string> texts;
  for (auto& i : l.issues) texts.push_back(to_string(i));
  std::vector<std::string> expected{
      "http.port: got \"80x\", allowed is an integer from 0 to 65535 (environment TROUPE_HTTP_PORT)",
      "http.prot: got a key that does not exist, allowed is a known key; did you mean http.port? "
      "(environment TROUPE_HTTP_PROT)",
      "http.threads: got \"\", allowed is an integer from 1 to 64 (environment TROUPE_HTTP_THREADS)",
      "http.prt: got a key that does not exist, allowed is a known key; did you mean http.port? (--set)",
      "--set: got a text without =, allowed is section.key=value (--set)",
      "admin.port: got 70000, allowed is an integer from 0 to 65535 (--set)"};
  CAF_CHECK_EQUAL(texts, expected);
}

CAF_TEST(the environment is searched for our own variables only) {
  const char* variables[] = {"PATH=/bin", "TROUPE_HTTP_PORT=1=2", "XTROUPE_A_B=1", "TROUPE_ODD", nullptr};
  auto found = config::environment_of(variables);
  CAF_REQUIRE_EQUAL(found.size(), 1u);
  CAF_CHECK_EQUAL(found[0].first, "TROUPE_HTTP_PORT");
  CAF_CHECK_EQUAL(found[0].second, "1=2");
}

CAF_TEST(rules over several keys are kept) {
  CAF_CHECK_EQUAL(issue_of("[http]\ntls_key = \"k.pem\"\n"),
                  "http.tls_certificate: got \"\", allowed is a file, since http.tls_key is set");
  CAF_CHECK_EQUAL(issue_of("[http]\ntls_certificate = \"c.pem\"\n"),
                  "http.tls_key: got \"\", allowed is a file, since http.tls_certificate is set");
  CAF_CHECK_EQUAL(
      issue_of("[http]\nproxy_protocol = true\n"),
      "http.proxy_protocol: got true, allowed is false, or true together with http.trusted_proxies (F:2)");
  CAF_CHECK_EQUAL(issue_of("[admin]\nport = 8080\n"),
                  "admin.port: got 8080, allowed is another port than http.port (F:2)");
  CAF_CHECK_EQUAL(
      issue_of("[cluster]\nrenew_interval_ms = 400\n"),
      "cluster.renew_interval_ms: got 400, allowed is at most a third of cluster.lease_ttl_min_ms, "
      "which is 1000 (F:2)");
  CAF_CHECK_EQUAL(
      issue_of("[publish]\nretry_backoff_min_ms = 300001\n"),
      "publish.retry_backoff_min_ms: got 300001, allowed is at most publish.retry_backoff_max_ms, "
      "which is 300000 (F:2)");
  CAF_CHECK_EQUAL(
      issue_of("[auth]\naccess_token_ttl_s = 3000\nrefresh_token_ttl_s = 3000\n"),
      "auth.access_token_ttl_s: got 3000, allowed is less than auth.refresh_token_ttl_s, which is 3000 "
      "(F:2)");
}

CAF_TEST(formats that bounds cannot say are checked) {
  for (std::string bad : {"A", "a b", "a_b", "\xc3\xa4"})
    CAF_CHECK_EQUAL(load_with_dsn("[node]\nname = \"" + bad + "\"\n").issues.size(), 1u);
  for (std::string bad : {"localhost", "1.2.3", "1.2.3.4/8"})
    CAF_CHECK_EQUAL(load_with_dsn("[http]\naddress = \"" + bad + "\"\n").issues.size(), 1u);
  for (std::string bad : {"10.0.0.0/33", "::/129", "10.0.0.0/", "host", "10.0.0.0/8x", "10.0.0.0/-1"})
    CAF_CHECK_EQUAL(load_with_dsn("[http]\ntrusted_proxies = [\"" + bad + "\"]\n").issues.size(), 1u);
  for (std::string bad :
       {"example.org", "http://", "ftp://a", "https://a/", "https://u@a", "https://a?b", "http://:80"})
    CAF_CHECK_EQUAL(load_with_dsn("[http]\npublic_url = \"" + bad + "\"\n").issues.size(), 1u);
  CAF_CHECK(load_with_dsn("[http]\npublic_url = \"https://social.example.org:8443/base\"\n").issues.empty());
}

CAF_TEST(a missing database is said) {
  auto l = config::load({});
  CAF_REQUIRE_EQUAL(l.issues.size(), 1u);
  CAF_CHECK_EQUAL(l.issues[0].key, "database.dsn");
}

CAF_TEST(a secret is shown nowhere) {
  auto good = load("[database]\ndsn = \"password=hunter2\"\n");
  CAF_CHECK(good.issues.empty());
  auto shown = config::effective(good);
  CAF_CHECK(shown.find("hunter2") == std::string::npos);
  CAF_CHECK(shown.find("dsn = \"(secret)\"  # " + path + ":2") != std::string::npos);
  for (std::string bad : {"[database]\ndsn = [\"hunter2\"]\n", "[database]\ndsn = \"hunter2\\n\"\n",
                          "[database]\ndns = \"hunter2\"\n"})
    for (auto& i : load(bad).issues) CAF_CHECK(to_string(i).find("hunter2") == std::string::npos);
}

CAF_TEST(the effective configuration is a file that gives the same values) {
  auto l = load_with_dsn(
      "[http]\ntrusted_proxies = [\"10.0.0.1\"]\n[outbound]\nuser_agent = \"a \\\"quoted\\\" \\\\ b\"\n");
  auto again = load(config::effective(l));
  CAF_CHECK(again.issues.empty());
  CAF_CHECK_EQUAL(again.values.outbound.user_agent, "a \"quoted\" \\ b");
  for (auto& f : config::fields())
    if (!f.secret) CAF_CHECK_EQUAL(config::shown(f, again.values), config::shown(f, l.values));
}

CAF_TEST(the documented file says what the table says) {
  // With TROUPE_WRITE_CONF the file is written instead; see config/README.md.
  if (auto* target = std::getenv("TROUPE_WRITE_CONF"))
    std::ofstream{target, std::ios::trunc} << config::documented();
  CAF_CHECK(read_file(TROUPE_DOCUMENTED_FILE) == config::documented());
}

CAF_TEST(the documented file with every key uncommented gives the defaults) {
  std::istringstream in{config::documented()};
  std::string line, content;
  while (std::getline(in, line))
    content += (line.starts_with('#') && !line.starts_with("# ") ? line.substr(1) : line) + '\n';
  auto l = load(content);
  CAF_REQUIRE_EQUAL(l.issues.size(), 1u); // the dsn, which has no default
  for (auto& f : config::fields())
    CAF_CHECK_EQUAL(config::shown(f, l.values), config::shown(f, config::settings{}));
  for (std::size_t i = 0; i < l.origins.size(); ++i) CAF_CHECK(!l.origins[i].empty());
}

CAF_TEST(the table is sound) {
  config::settings s;
  std::set<std::string> names;
  std::set<const void*> slots;
  for (auto& f : config::fields()) {
    CAF_CHECK(names.insert(f.name()).second);
    // Two lines with the same member would leave another member without a key.
    CAF_CHECK(slots.insert(std::visit([](auto* p) { return static_cast<const void*>(p); }, f.ref(s))).second);
    CAF_CHECK(!config::section_sentence(f.section).empty());
    CAF_CHECK(std::string_view{f.sentence}.ends_with('.'));
    CAF_CHECK(f.min <= f.max);
  }
}

CAF_TEST_FIXTURE_SCOPE_END()
