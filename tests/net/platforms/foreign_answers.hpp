#pragma once

#include "net/platforms/adapters.hpp"

#include <array>
#include <deque>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

/// Feeds every adapter with answers that anybody could have written.
namespace troupe::platforms::testing {

/// Answers every request with the next piece of an input; nothing leaves.
class foreign_io final : public io {
 public:
  explicit foreign_io(std::string_view input) : rest_(input) {}

  void start(outbound::request what, std::function<void(outbound::response)> done) override {
    if (++calls_ > 64) throw std::logic_error("an adapter makes calls without end");
    if (what.gate) what.gate->release();
    auto r = next();
    last = r;
    done(std::move(r));
  }
  timestamp now() const override { return timestamp{seconds{1'800'000'000}}; }
  void saw_rate(const rate_window&) override {}

  outbound::response last;

 private:
  // One byte chooses the status, then up to "\n--\n" comes the body; header lines "Name: value" may precede
  // it.
  outbound::response next() {
    static constexpr std::array<int, 16> statuses = {200, 201, 202, 206, 204, 301, 302, 400,
                                                     401, 403, 404, 422, 429, 500, 503, 0};
    outbound::response r;
    const unsigned char choice = rest_.empty() ? 0 : static_cast<unsigned char>(rest_.front());
    if (!rest_.empty()) rest_.remove_prefix(1);
    r.status = statuses[choice % statuses.size()];
    r.kind = choice < 224 ? outbound::result_kind::answered : static_cast<outbound::result_kind>(choice % 5);
    const auto end = rest_.find("\n--\n");
    auto piece = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 4);
    while (!piece.empty() && piece.front() >= 'a' && piece.front() <= 'z') {
      const auto line = piece.substr(0, piece.find('\n'));
      const auto colon = line.find(": ");
      if (colon == std::string_view::npos || line.size() == piece.size()) break;
      r.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
      piece.remove_prefix(line.size() + 1);
    }
    r.body = piece;
    return r;
  }

  std::string_view rest_;
  int calls_ = 0;
};

/// Runs every operation of every adapter against the input. Throws std::logic_error when one does not end,
/// lets an exception out, or takes for published what the network did not clearly say.
inline void try_foreign_answers(std::string_view input) {
  static const std::array<std::unique_ptr<adapter>, 4> adapters = {
      make_sandbox("http://127.0.0.1:9"), make_bluesky(), make_mastodon(), make_wordpress()};
  publication p;
  p.delivery_id = derived_uuid("delivery");
  p.idempotency_key = "key";
  p.text = "hi @bob.test https://example.com #tag";
  p.scheduled_for = timestamp{seconds{1'800'000'000}};
  image i;
  i.path = "x.png";
  i.file_name = "x.png";
  i.content_type = "image/png";
  i.alt = "alt";
  p.images = {i, i};
  const account_identity who{"42", "ada.test", "Ada", "https://example.com"};
  const credentials keys{std::string(input.substr(0, 200)), {}};
  boost::json::object fields;
  for (const char* name : {"server", "handle", "identifier", "app_password", "username", "access_token"})
    fields[name] = "ada.example";

  const auto ends = [](auto task, const char* what) {
    bool done = false, threw = false, ok = false;
    task.start([&](auto value, std::exception_ptr error) {
      done = true;
      threw = error != nullptr;
      ok = value && value->has_value();
    });
    if (!done || threw)
      throw std::logic_error(std::string(what) + (done ? " let an exception out" : " did not end"));
    return ok;
  };
  for (const auto& a : adapters) {
    {
      foreign_io port(input);
      ends(a->connect(port, fields), "connect");
    }
    {
      foreign_io port(input);
      ends(a->begin_oauth(port, fields, "https://us.example/cb", "state"), "begin_oauth");
    }
    {
      foreign_io port(input);
      ends(a->finish_oauth(port, std::string(input), "code", "https://us.example/cb"), "finish_oauth");
    }
    {
      foreign_io port(input);
      ends(a->refresh(port, who, keys), "refresh");
    }
    {
      foreign_io port(input);
      ends(a->check(port, who, keys), "check");
    }
    {
      foreign_io port(input);
      ends(a->prepare(port, who, keys, p), "prepare");
    }
    {
      foreign_io port(input);
      ends(a->find(port, who, keys, p), "find");
    }
    {
      foreign_io port(input);
      ends(a->discard(port, who, keys, p), "discard");
    }
    // A handle that is ready, so that the final call is reached.
    auto ready = p;
    ready.images.clear();
    foreign_io quiet("");
    auto prepared = a->prepare(quiet, who, keys, ready);
    prepared.start([&](auto value, std::exception_ptr) {
      if (value && *value) ready.remote_handle = **value;
    });
    foreign_io port(input);
    const auto gate = std::make_shared<outbound::send_gate>([] { return true; });
    if (ends(a->publish(port, who, keys, ready, gate), "publish") &&
        (!port.last.ok() || port.last.body.empty()))
      throw std::logic_error("publish took for published what is no answer");
  }
}

} // namespace troupe::platforms::testing
