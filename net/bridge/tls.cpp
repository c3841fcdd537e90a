#include "net/bridge/tls.hpp"

#include <fmt/format.h>
#include <openssl/ssl.h>

namespace troupe::bridge {

namespace ssl = boost::asio::ssl;

namespace {

/// ALPN: HTTP/1.1 for who offers it; who offers only other protocols is told so during the handshake.
int select_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
  static constexpr unsigned char ours[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, ours, sizeof ours, offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

} // namespace

expected<std::optional<ssl::context>> make_tls(const server_settings& settings) {
  std::optional<ssl::context> out;
  if (settings.tls_certificate.empty() && settings.tls_key.empty()) return out;
  if (settings.tls_certificate.empty() || settings.tls_key.empty())
    return failure{ec::bad_configuration, "tls_certificate and tls_key: either both are set or none"};
  out.emplace(ssl::context::tls_server);
  auto* native = out->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native,
                      SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS); // idle connections keep no record buffers
  SSL_CTX_set_alpn_select_cb(native, select_protocol, nullptr);
  boost::system::error_code wrong;
  out->use_certificate_chain_file(settings.tls_certificate, wrong);
  if (wrong)
    return failure{ec::bad_configuration, fmt::format("tls_certificate: '{}' cannot be used: {}",
                                                      settings.tls_certificate, wrong.message())};
  out->use_private_key_file(settings.tls_key, ssl::context::pem, wrong);
  if (wrong || SSL_CTX_check_private_key(native) != 1)
    return failure{ec::bad_configuration,
                   fmt::format("tls_key: '{}' cannot be used: {}", settings.tls_key,
                               wrong ? wrong.message() : "it does not belong to the certificate")};
  return out;
}

} // namespace troupe::bridge
