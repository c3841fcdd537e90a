#include "http_client.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <stdexcept>

namespace troupe::test {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

std::string lower(std::string_view text) {
  std::string out(text);
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

} // namespace

std::string answer::header(std::string_view lower_name) const {
  for (auto& [name, value] : fields)
    if (name == lower_name) return value;
  return {};
}

boost::json::value answer::json() const {
  boost::system::error_code problem_code;
  auto v = boost::json::parse(body, problem_code);
  if (problem_code)
    throw std::runtime_error("no JSON, status " + std::to_string(status) + ": " + body.substr(0, 500));
  return v;
}

std::string answer::problem() const {
  if (header("content-type") != "application/problem+json") return {};
  auto type = std::string(json().at("type").as_string());
  return type.substr(type.rfind(':') + 1);
}

std::string answer::errors() const {
  std::string out;
  auto v = json();
  auto* list = v.as_object().if_contains("errors");
  if (!list) return out;
  for (auto& e : list->as_array()) {
    if (!out.empty()) out += "; ";
    out += std::string(e.at("pointer").as_string()) + " " + std::string(e.at("code").as_string());
  }
  return out;
}

answer send(std::uint16_t port, std::string_view verb, std::string_view target, const headers& fields,
            std::string body) {
  asio::io_context loop;
  beast::tcp_stream stream(loop);
  http::request<http::string_body> request;
  request.method_string({verb.data(), verb.size()});
  request.target({target.data(), target.size()});
  request.version(11);
  request.set(http::field::host, "localhost");
  request.set(http::field::connection, "close");
  for (auto& [name, value] : fields) request.set(name, value);
  if (!body.empty() || verb == "POST" || verb == "PATCH") {
    request.body() = std::move(body);
    request.prepare_payload();
  }

  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(64 * 1024 * 1024);
  parser.skip(verb == "HEAD");
  beast::error_code failed = asio::error::timed_out;
  stream.expires_after(std::chrono::seconds(30));
  stream.async_connect({asio::ip::make_address("127.0.0.1"), port}, [&](beast::error_code e) {
    if (e) return void(failed = e);
    http::async_write(stream, request, [&](beast::error_code, std::size_t) {
      // A server may answer and close before it has read everything; so read whatever became of the write.
      http::async_read(stream, buffer, parser, [&](beast::error_code r, std::size_t) { failed = r; });
    });
  });
  loop.run();
  if (failed)
    throw std::runtime_error(std::string(verb) + " " + std::string(target) + ": " + failed.message());
  answer out;
  out.status = static_cast<int>(parser.get().result_int());
  for (auto& f : parser.get()) out.fields.emplace_back(lower(f.name_string()), std::string(f.value()));
  out.body = parser.get().body();
  return out;
}

} // namespace troupe::test
