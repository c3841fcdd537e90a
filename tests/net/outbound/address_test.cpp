#define CAF_SUITE outbound_address
#include <caf/test/unit_test.hpp>

#include "net/outbound/engine.hpp"

using troupe::outbound::is_private_address;

CAF_TEST(addresses that no public server has are private) {
  for (auto address : {"127.0.0.1",
                       "127.255.255.254",
                       "0.0.0.0",
                       "0.1.2.3",
                       "10.0.0.1",
                       "10.255.255.255",
                       "100.64.0.1",
                       "100.127.255.255",
                       "169.254.169.254",
                       "172.16.0.1",
                       "172.31.255.255",
                       "192.168.1.1",
                       "192.0.0.8",
                       "198.18.0.1",
                       "224.0.0.1",
                       "239.1.1.1",
                       "240.0.0.1",
                       "255.255.255.255",
                       "::",
                       "::1",
                       "fc00::1",
                       "fdff::1",
                       "fe80::1",
                       "fe80::1%eth0",
                       "febf::1",
                       "fec0::1",
                       "ff02::1",
                       "::ffff:127.0.0.1",
                       "::ffff:10.1.2.3",
                       "::ffff:a00:1",
                       "::127.0.0.1",
                       "64:ff9b::10.0.0.1",
                       "64:ff9b::7f00:1",
                       "64:ff9b:1::1",
                       "2002:7f00:1::",
                       "2002:c0a8:101::1",
                       "[::1]",
                       "[fe80::1%25eth0]",
                       "127.1",
                       "0x7f000001",
                       "2130706433",
                       "017700000001",
                       "10.1"}) {
    CAF_MESSAGE(address);
    CAF_CHECK(is_private_address(address));
  }
}

CAF_TEST(addresses of public servers are not private) {
  for (auto address : {"1.1.1.1",         "8.8.8.8",          "9.255.255.255",        "11.0.0.0",
                       "100.63.255.255",  "100.128.0.0",      "126.255.255.255",      "128.0.0.1",
                       "169.253.255.255", "169.255.0.0",      "172.15.255.255",       "172.32.0.0",
                       "192.167.255.255", "192.169.0.0",      "198.17.255.255",       "198.20.0.0",
                       "223.255.255.255", "2606:4700::1111",  "2001:4860:4860::8888", "[2606:4700::1111]",
                       "::ffff:8.8.8.8",  "64:ff9b::8.8.8.8", "2002:808:808::1",      "fbff::1",
                       "fe00::1"}) {
    CAF_MESSAGE(address);
    CAF_CHECK(!is_private_address(address));
  }
}

CAF_TEST(a name or nonsense is not an address) {
  for (auto text : {"", "localhost", "example.org", "[]", "1.2.3.4.5", "127.0.0.1 x", ":::"})
    CAF_CHECK(!is_private_address(text));
}
