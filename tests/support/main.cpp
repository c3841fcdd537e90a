// The one main of every test program: CAF's test runner, and then the end of what tests of the program share.
#define CAF_TEST_NO_MAIN
#include "tests/support/at_end.hpp"

#include <caf/test/unit_test_impl.hpp>

int main(int argc, char** argv) {
  int result = caf::test::main(argc, argv);
  troupe::test::end_all();
  return result;
}
