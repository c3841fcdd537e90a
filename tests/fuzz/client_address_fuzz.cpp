// What proxies say about the client: the PROXY header before a connection and X-Forwarded-For.
#include "net/bridge/client_address.hpp"
#include "net/bridge/proxy_protocol.hpp"
#include "require.hpp"

using namespace troupe::bridge;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  auto found = parse_proxy_header(bytes);
  using state = proxy_header::state;
  if (found.outcome == state::ok) {
    TROUPE_FUZZ_REQUIRE(found.size > 0 && found.size <= bytes.size());
    // Nothing after the header changes it, and no shorter part of it is a header.
    auto alone = parse_proxy_header(bytes.substr(0, found.size));
    TROUPE_FUZZ_REQUIRE(alone.outcome == state::ok && alone.source == found.source);
    TROUPE_FUZZ_REQUIRE(parse_proxy_header(bytes.substr(0, found.size - 1)).outcome == state::need_more);
  } else if (found.outcome == state::need_more) {
    TROUPE_FUZZ_REQUIRE(bytes.size() < 4096);
  }
  static const auto trusted = trusted_networks::parse({"127.0.0.0/8", "10.0.0.0/8", "fd00::/8"});
  auto peer = boost::asio::ip::make_address("127.0.0.1");
  header_list headers = {{"x-forwarded-for", std::string(bytes)}};
  auto client = forwarded_client(headers, peer, *trusted);
  TROUPE_FUZZ_REQUIRE(!client.to_string().empty());
  (void)trusted_networks::parse({std::string(bytes)});
  return 0;
}
