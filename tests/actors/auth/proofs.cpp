#include "proofs.hpp"

#include "tests/support/process.hpp"

#include <caf/test/unit_test.hpp>
#include <fmt/format.h>
#include <sodium.h>

#include <filesystem>
#include <fstream>

namespace troupe::test {

namespace {

/// A folder for the files that openssl reads and writes.
struct scratch {
  std::string path;
  scratch()
      : path(
            (std::filesystem::temp_directory_path() / ("troupe-auth-" + secrets::random_token(9))).string()) {
    std::filesystem::create_directories(path);
  }
  ~scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string write(const std::string& name, std::string_view bytes) const {
    auto file = path + "/" + name;
    std::ofstream(file, std::ios::binary) << bytes;
    return file;
  }
};

std::string pem(std::string_view label, std::string_view der_prefix, std::string_view bytes) {
  return fmt::format("-----BEGIN {}-----\n{}\n-----END {}-----\n", label,
                     secrets::base64(std::string(der_prefix) + std::string(bytes)), label);
}

/// RFC 8410: what stands before the 32 bytes of a private and of a public Ed25519 key in DER.
constexpr std::string_view private_prefix{"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20",
                                          16};
constexpr std::string_view public_prefix{"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12};

auth::verifier_settings ready(auth::verifier_settings settings) {
  secrets::init();
  return settings;
}

} // namespace

proofs::proofs(auth::verifier_settings settings)
    : issuer(keys, "troupe", settings.life, [this] { return now; }),
      verifier(keys, ready(settings), [this] { return now; }), user(new_uuid(now)), sign_in(new_uuid(now)) {
  seed = secrets::random_bytes(32);
  key = auth::make_signing_key(seed, now - seconds{3'600});
  use({key});
}

void proofs::use(std::vector<auth::signing_key> all) {
  keys.replace(std::make_shared<const auth::key_set>(std::move(all), issuer.life()));
}

std::string proofs::issue(std::int32_t generation) const {
  auto token = issuer.issue(user, sign_in, generation);
  CAF_REQUIRE(token.has_value());
  return token->text;
}

std::string_view proofs::verdict(std::string_view token) { return to_string(verifier.verify(token).problem); }

std::string proofs::signed_by_us(std::string_view header_text, std::string_view payload_text) const {
  auto text = secrets::base64url(header_text) + "." + secrets::base64url(payload_text);
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(reinterpret_cast<unsigned char*>(signature.data()), nullptr,
                       reinterpret_cast<const unsigned char*>(text.data()), text.size(), key.secret.data());
  return text + "." + secrets::base64url(signature);
}

std::string proofs::header() const {
  return fmt::format(R"({{"alg":"EdDSA","kid":"{}","typ":"JWT"}})", key.kid);
}

std::string proofs::payload(std::int64_t issued, std::int64_t expires) const {
  return fmt::format(R"({{"iss":"troupe","sub":"{}","sid":"{}","gen":1,"iat":{},"exp":{}}})", to_string(user),
                     to_string(sign_in), issued, expires);
}

std::string part_of(std::string_view token, int index) {
  for (; index > 0; --index) token.remove_prefix(token.find('.') + 1);
  auto raw = secrets::parse_base64url(token.substr(0, token.find('.')));
  CAF_REQUIRE(raw.has_value());
  return *raw;
}

std::string openssl_sign(std::string_view seed, std::string_view text) {
  scratch files;
  auto key = files.write("key.pem", pem("PRIVATE KEY", private_prefix, seed));
  auto in = files.write("text", text);
  run({"openssl", "pkeyutl", "-sign", "-inkey", key, "-rawin", "-in", in, "-out", files.path + "/signature"},
      files.path + "/log", std::chrono::seconds{30});
  return read_file(files.path + "/signature");
}

bool openssl_verifies(std::string_view public_key, std::string_view text, std::string_view signature) {
  scratch files;
  auto key = files.write("key.pem", pem("PUBLIC KEY", public_prefix, public_key));
  auto in = files.write("text", text);
  auto sig = files.write("signature", signature);
  auto pid =
      spawn({"openssl", "pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin", "-in", in, "-sigfile", sig},
            files.path + "/log");
  int status = -1;
  CAF_REQUIRE(wait_for_exit(pid, std::chrono::seconds{30}, &status));
  return status == 0;
}

} // namespace troupe::test
