#pragma once

#include <string>
#include <vector>

/// Names for these tests, without a name server: the program answers getaddrinfo itself for hosts under
/// ".test". "slow.test" blocks until `release_slow_names`; a name that was not given an address does not
/// exist.
namespace troupe::test {

/// Addresses are IP literals, in the order in which they are answered.
void give_name(const std::string& host, std::vector<std::string> addresses);
int lookups(const std::string& host);
void release_slow_names();

} // namespace troupe::test
