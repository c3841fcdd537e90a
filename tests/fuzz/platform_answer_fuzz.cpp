// What a network answers, through every adapter and every call. The first byte chooses the adapter, the
// second the call; then follow the answers, each after a record separator: "STATUS\nName:
// value\n...\n\nbody".
#include "net/platforms/adapter.hpp"
#include "require.hpp"

#include <charconv>

namespace {

using namespace troupe;
using namespace troupe::platforms;

constexpr char separator = '\x1e';
constexpr std::size_t most_requests = 200; // an adapter that goes on asking is stuck

outbound::response read_answer(std::string_view text) {
  outbound::response r;
  r.kind = outbound::result_kind::answered;
  auto line = [&] {
    auto end = std::min(text.find('\n'), text.size());
    auto out = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return out;
  };
  auto status = line();
  std::from_chars(status.data(), status.data() + status.size(), r.status);
  if (r.status < 100 || r.status > 599) r.kind = outbound::result_kind::no_answer;
  for (auto header = line(); !header.empty(); header = line()) {
    auto colon = header.find(": ");
    if (colon != header.npos) r.headers.emplace_back(header.substr(0, colon), header.substr(colon + 2));
  }
  r.body = text;
  return r;
}

/// A network that says what the input says, and falls silent afterwards.
class input_io final : public io {
 public:
  explicit input_io(std::string_view input) : input_(input) {}
  void start(outbound::request what, std::function<void(outbound::response)> done) override {
    TROUPE_FUZZ_REQUIRE(++requests <= most_requests);
    TROUPE_FUZZ_REQUIRE(what.url.find_first_of(std::string_view{"\r\n\0 ", 4}) == std::string::npos);
    for (auto& h : what.headers) TROUPE_FUZZ_REQUIRE(h.find_first_of("\r\n") == std::string::npos);
    outbound::response r;
    if (what.gate && !what.gate->release()) {
      r.kind = outbound::result_kind::not_sent;
    } else if (input_.empty()) {
      r.kind = outbound::result_kind::no_answer;
    } else {
      auto end = std::min(input_.find(separator), input_.size());
      r = read_answer(input_.substr(0, end));
      input_.remove_prefix(std::min(end + 1, input_.size()));
    }
    if (r.kind == outbound::result_kind::answered && r.status / 100 == 2) any_good = true;
    done(std::move(r));
  }
  timestamp now() const override { return from_micros(1'800'000'000'000'000); }
  void saw_rate(const rate_window& w) override { TROUPE_FUZZ_REQUIRE(w.resets_in >= milliseconds{0}); }

  std::size_t requests = 0;
  bool any_good = false;

 private:
  std::string_view input_;
};

/// Every answer is there at once, so that a task ends before `start` returns.
template <class T, class F>
void drive(task<outcome<T>> t, F look) {
  bool ended = false;
  t.start([&](std::optional<outcome<T>> value, std::exception_ptr error) {
    ended = true;
    TROUPE_FUZZ_REQUIRE(value && !error);
    if (*value) return look(**value);
    const auto f = value->error();
    TROUPE_FUZZ_REQUIRE(is_utf8(f.detail) && f.detail.size() < 10'000);
    TROUPE_FUZZ_REQUIRE(!f.retry_after ||
                        (*f.retry_after >= milliseconds{0} && *f.retry_after <= std::chrono::hours{24}));
  });
  TROUPE_FUZZ_REQUIRE(ended);
}

boost::json::object handle_of(std::string_view network) {
  if (network == "wordpress") return {{"draft", 7}};
  return {};
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  static registry networks{"http://127.0.0.1:1"};
  auto& network = *networks.all()[data[0] % networks.all().size()];
  auto call = data[1] % 8;
  std::string_view input(reinterpret_cast<const char*>(data) + 2, size - 2);
  input_io port(input);

  account_identity who;
  who.remote_id = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa";
  who.handle = "ada.example.org";
  who.server = "https://example.org";
  credentials keys;
  keys.secret = R"({"access":"a","refresh":"r","app_password":"p","access_token":"t","client_id":"c",
    "client_secret":"s","username":"ada","token":"t","behaviour":"ok","refreshed":false})";
  publication p;
  p.delivery_id = derived_uuid("delivery");
  p.idempotency_key = "key";
  p.text = "Hello https://example.org @ada.example.org #tag";
  p.title = "Hello";
  p.scheduled_for = port.now();
  p.remote_handle = handle_of(network.describe().id);
  boost::json::object fields{{"server", "https://example.org"},
                             {"identifier", "ada.example.org"},
                             {"app_password", "p"},
                             {"access_token", "t"},
                             {"username", "ada"},
                             {"handle", "ada"},
                             {"site", "https://example.org"}};
  auto gate = std::make_shared<outbound::send_gate>([] { return true; });
  switch (call) {
  case 0:
    drive<connection>(network.connect(port, fields), [](const connection& c) {
      TROUPE_FUZZ_REQUIRE(is_utf8(c.who.remote_id) && is_utf8(c.who.handle) && is_utf8(c.who.display_name));
    });
    break;
  case 1: drive<credentials>(network.refresh(port, who, keys), [](const credentials&) {}); break;
  case 2: drive<account_limits>(network.check(port, who, keys), [](const account_limits&) {}); break;
  case 3:
    drive<boost::json::object>(network.prepare(port, who, keys, p), [](const boost::json::object&) {});
    break;
  case 4:
    drive<receipt>(network.publish(port, who, keys, p, gate), [&](const receipt& r) {
      // Nobody says "published" whom no network told so.
      TROUPE_FUZZ_REQUIRE(port.any_good);
      TROUPE_FUZZ_REQUIRE(is_utf8(r.remote_id) && is_utf8(r.permalink));
    });
    break;
  case 5:
    drive<find_result>(network.find(port, who, keys, p), [&](const find_result& f) {
      TROUPE_FUZZ_REQUIRE(f.what != presence::published || port.any_good);
      TROUPE_FUZZ_REQUIRE(is_utf8(f.found.remote_id) && is_utf8(f.found.permalink));
    });
    break;
  case 6: drive<bool>(network.discard(port, who, keys, p), [](bool) {}); break;
  case 7:
    drive<oauth_begin>(network.begin_oauth(port, fields, "https://troupe.example/back", "state"),
                       [](const oauth_begin&) {});
    break;
  default: break;
  }
  return 0;
}
