#include "net/bridge/head_reader.hpp"

#include "net/bridge/target.hpp"
#include "system/core/ascii.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <charconv>

namespace troupe::bridge {

namespace http = boost::beast::http;
using boost::beast::iequals;

namespace {

constexpr std::size_t max_fields = 100;
constexpr std::size_t max_blank_bytes = 4; // RFC 9112, 2.2: an empty line or two before the request line
using field_view = boost::beast::string_view;

std::optional<verb> known_verb(http::verb v) noexcept {
  if (v == http::verb::get || v == http::verb::head) return verb::get;
  if (v == http::verb::post) return verb::post;
  if (v == http::verb::put) return verb::put;
  if (v == http::verb::patch) return verb::patch;
  if (v == http::verb::delete_) return verb::del;
  return std::nullopt;
}

/// A Host value: letters, digits and what names, addresses and ports are made of. Never empty.
bool is_host(std::string_view text) noexcept {
  auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_' || c == ':' || c == '[' || c == ']' || c == '%' || c == '~';
  };
  return !text.empty() && text.size() <= 255 && std::all_of(text.begin(), text.end(), fits);
}

} // namespace

bool is_request_id(std::string_view text) noexcept {
  auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == ':' || c == '/';
  };
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), fits);
}

/// Beast's parser for the head alone (`skip(true)`): it puts what it finds straight into a message_head. The
/// body is decoded by `body_decoder`, which needs no contiguous buffer and takes no chunk extensions to
/// heart.
class head_reader::parser : public http::basic_parser<true> {
 public:
  parser() {
    skip(true);
    header_limit(1u << 30); // counted by the reader, over all fields together
  }

  /// Refuses what Beast let pass but the rules of the house do not, once the head is complete.
  std::optional<refusal> conclude();

  std::string_view window; // the bytes being fed
  message_head head;
  std::string target;
  std::optional<refusal> why;

 private:
  void refuse(refusal r, boost::beast::error_code& ec) {
    if (!why) why = std::move(r);
    ec = http::error::bad_value;
  }

  void on_request_impl(http::verb v, field_view method, field_view where, int version,
                       boost::beast::error_code&) override {
    head.method.assign(method.data(), method.size());
    head.known = known_verb(v);
    if (head.known) head.req.method = *head.known;
    head.head_only = v == http::verb::head;
    head.options = v == http::verb::options;
    head.http11 = version >= 11;
    target.assign(where.data(), where.size());
    head.req.headers.reserve(16);
  }

  void on_field_impl(http::field f, field_view name, field_view value,
                     boost::beast::error_code& ec) override {
    if (folded(name, value)) return refuse(malformed("A header field is folded over several lines."), ec);
    if (head.req.headers.size() == max_fields)
      return refuse({431, "header-too-large", "The request line and header are too large.",
                     "A request may have 100 header fields."},
                    ec);
    auto& [key, text] = head.req.headers.emplace_back();
    key = ascii::to_lower({name.data(), name.size()});
    text.assign(value.data(), value.size());
    count(f, key, text);
  }

  void count(http::field f, std::string_view key, const std::string& text) {
    switch (f) {
    case http::field::host: ++hosts_; break;
    case http::field::content_length:
      ++lengths_;
      length_text_ = text;
      break;
    case http::field::transfer_encoding:
      ++encodings_;
      head.chunked = iequals(text, "chunked");
      break;
    case http::field::content_type: ++types_; break;
    case http::field::authorization: ++authorizations_; break;
    case http::field::expect:
      ++expectations_;
      head.expects_continue = iequals(text, "100-continue");
      break;
    default:
      if (key == "idempotency-key") ++keys_;
      if (key == "x-request-id" && is_request_id(text)) head.req.request_id = text;
    }
  }

  /// A folded value was copied together by Beast, or begins on a later line than its name.
  bool folded(field_view name, field_view value) const noexcept {
    auto from = reinterpret_cast<std::uintptr_t>(window.data());
    auto at = reinterpret_cast<std::uintptr_t>(value.data());
    if (at < from || at > from + window.size()) return true;
    auto* end_of_name = name.data() + name.size();
    return std::find(end_of_name, value.data(), '\n') != value.data();
  }

  void on_response_impl(int, field_view, int, boost::beast::error_code&) override {}
  void on_header_impl(boost::beast::error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, boost::beast::error_code&) override {}
  std::size_t on_body_impl(field_view, boost::beast::error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, field_view, boost::beast::error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, field_view, boost::beast::error_code&) override { return 0; }
  void on_finish_impl(boost::beast::error_code&) override {}

  int hosts_ = 0, lengths_ = 0, encodings_ = 0, types_ = 0, authorizations_ = 0, expectations_ = 0, keys_ = 0;
  std::string length_text_;
};

std::optional<refusal> head_reader::parser::conclude() {
  head.keep_alive = keep_alive();
  if (hosts_ > 1 || (hosts_ == 0 && head.http11)) return malformed("A request has exactly one Host header.");
  if (hosts_ == 1 && !is_host(head.req.header("host")))
    return malformed("The Host header is not a host name.");
  if (lengths_ > 0 && encodings_ > 0)
    return malformed("A request has either Content-Length or Transfer-Encoding, never both.");
  if (lengths_ > 1) return malformed("A request has at most one Content-Length header.");
  if (lengths_ == 1) {
    auto* end = length_text_.data() + length_text_.size();
    auto [at, error] = std::from_chars(length_text_.data(), end, head.content_length);
    if (error != std::errc{} || at != end || head.content_length > INT64_MAX)
      return malformed("Content-Length is not a number of bytes.");
  }
  if (encodings_ > 0) {
    if (!head.http11) return malformed("HTTP/1.0 knows no Transfer-Encoding.");
    if (encodings_ > 1) return malformed("A request has at most one Transfer-Encoding header.");
    if (!head.chunked) return not_implemented("The only Transfer-Encoding served here is chunked.");
  }
  if (types_ > 1 || authorizations_ > 1 || keys_ > 1)
    return malformed("Content-Type, Authorization and Idempotency-Key may each appear once.");
  if (expectations_ > 0 && head.http11 && (expectations_ > 1 || !head.expects_continue))
    return expectation_failed();
  if (!head.http11) head.expects_continue = false;
  if (!head.known && !head.options) {
    auto refused = not_implemented("The methods are GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS.");
    return refused;
  }
  return bridge::parse_target(target, head.req);
}

namespace {

refusal refusal_of(const boost::beast::error_code& ec, std::string_view rest) {
  if (ec == http::error::bad_method) return malformed("The method of the request line is not a token.");
  if (ec == http::error::bad_target)
    return malformed("The target of the request line has a forbidden character.");
  if (ec == http::error::bad_version) {
    auto line = rest.substr(0, rest.find('\r'));
    auto version = line.substr(line.find_last_of(' ') + 1);
    if (version.size() == 8 && version.substr(0, 5) == "HTTP/") return version_not_supported();
    return malformed("The request line does not end in HTTP/1.1.");
  }
  if (ec == http::error::bad_line_ending) return malformed("A line does not end in CR LF.");
  if (ec == http::error::bad_field) return malformed("The name of a header field has a forbidden character.");
  if (ec == http::error::bad_value)
    return malformed("The value of a header field has a forbidden character.");
  if (ec == http::error::header_limit) return malformed("A header field is folded over several lines.");
  if (ec == http::error::bad_content_length || ec == http::error::multiple_content_length)
    return malformed("Content-Length is not one number of bytes, or stands beside Transfer-Encoding.");
  if (ec == http::error::bad_transfer_encoding)
    return malformed("Transfer-Encoding appears twice or stands beside Content-Length.");
  return malformed("The request line or header is malformed.");
}

} // namespace

head_reader::head_reader(std::size_t limit) : limit_(limit), parser_(std::make_unique<parser>()) {}
head_reader::~head_reader() = default;

bool head_reader::started() const noexcept { return blank_bytes_ > 0 || parser_->got_some(); }

message_head& head_reader::head() noexcept { return parser_->head; }
const message_head& head_reader::head() const noexcept { return parser_->head; }

void head_reader::reset() {
  *parser_ = parser{};
  taken_ = 0;
  blank_bytes_ = 0;
}

head_reader::state head_reader::fail(refusal why) {
  error_ = std::move(why);
  return state::failed;
}

head_reader::state head_reader::feed(std::string_view bytes, std::size_t& consumed) {
  consumed = 0;
  if (!parser_->got_some()) {
    while (consumed < bytes.size() && (bytes[consumed] == '\r' || bytes[consumed] == '\n')) {
      if (++blank_bytes_ > max_blank_bytes) return fail(malformed("The request line is empty."));
      ++consumed;
    }
    bytes.remove_prefix(consumed);
    if (bytes.empty()) return state::need_more;
  }
  boost::beast::error_code ec;
  parser_->window = bytes;
  auto used = parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
  parser_->window = {};
  consumed += used;
  taken_ += used;
  if (ec == http::error::need_more) {
    if (taken_ + bytes.size() - used < limit_) return state::need_more;
    return fail(header_too_large(limit_));
  }
  if (parser_->why) return fail(std::move(*parser_->why));
  if (ec) return fail(refusal_of(ec, bytes));
  if (taken_ > limit_) return fail(header_too_large(limit_));
  if (auto why = parser_->conclude()) return fail(std::move(*why));
  return state::done;
}

} // namespace troupe::bridge
