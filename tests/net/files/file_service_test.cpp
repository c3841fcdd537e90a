#define CAF_SUITE file_service
#include <caf/test/unit_test.hpp>

#include "net/files/file_service.hpp"
#include "system/core/secrets.hpp"
#include "tests/net/files/pictures.hpp"

#include <future>
#include <thread>

using namespace troupe;
using namespace troupe::files;
using namespace troupe::test;
using namespace std::chrono_literals;

namespace {

constexpr auto deadline = 30s;

template <class T>
T get(std::future<T> f) {
  if (f.wait_for(deadline) != std::future_status::ready) CAF_FAIL("no answer within the deadline");
  return f.get();
}

struct fixture {
  temporary_folder folder;
  temporary_folder spool;
  std::string png = picture(image_type::png, 64, 48);

  file_store store() {
    secrets::init();
    return *file_store::open(folder.path());
  }
  spool_ptr uploaded(std::string_view bytes) {
    static int count = 0;
    return std::make_shared<spool_file>(spool.write("file" + std::to_string(++count), bytes));
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(services, fixture)

CAF_TEST(images are taken and read on threads of their own) {
  file_service service{store(), {}};
  std::promise<expected<stored_image>> taken;
  std::thread::id where;
  service.take_image(uploaded(png), "image/png", {}, [&](expected<stored_image> r) {
    where = std::this_thread::get_id();
    taken.set_value(std::move(r));
  });
  auto image = get(taken.get_future());
  CAF_REQUIRE(image);
  CAF_CHECK(where != std::this_thread::get_id());
  std::promise<expected<std::string>> bytes;
  service.read(image->sha256, 1'000'000, [&](expected<std::string> r) { bytes.set_value(std::move(r)); });
  CAF_CHECK(*get(bytes.get_future()) == png);
}

CAF_TEST(a full queue answers overloaded at once and drops the upload) {
  file_service service{store(), {1, 1}};
  std::promise<void> entered, leave;
  service.run([&](const file_store*) {
    entered.set_value();
    leave.get_future().wait_for(deadline);
  });
  get(entered.get_future()); // The only thread is busy now.
  std::promise<expected<stored_image>> waiting, refused;
  service.take_image(uploaded(png), "image/png", {}, [&](auto r) { waiting.set_value(std::move(r)); });
  CAF_CHECK_EQUAL(service.waiting(), 1u);
  auto extra = uploaded(png);
  auto path = extra->path();
  service.take_image(std::move(extra), "image/png", {}, [&](auto r) { refused.set_value(std::move(r)); });
  auto answer = get(refused.get_future());
  CAF_CHECK(!answer && answer.error().code == ec::overloaded);
  CAF_CHECK(::access(path.c_str(), F_OK) != 0);
  leave.set_value();
  CAF_CHECK(get(waiting.get_future()));
}

CAF_TEST(what still waits at the end is told so) {
  worker_pool pool{1, 10};
  std::promise<void> entered, leave;
  pool.submit([&](bool) {
    entered.set_value();
    leave.get_future().wait_for(deadline);
  });
  get(entered.get_future()); // The only thread is busy now.
  std::promise<bool> waited;
  CAF_REQUIRE(pool.submit([&](bool run) { waited.set_value(run); }));
  std::thread ending([&] { pool.stop(); });
  auto until = std::chrono::steady_clock::now() + deadline;
  while (pool.waiting() > 0) {
    if (std::chrono::steady_clock::now() > until)
      CAF_FAIL("the queue was not taken away: " << pool.waiting());
    std::this_thread::yield();
  }
  leave.set_value();
  CAF_CHECK_EQUAL(get(waited.get_future()), false);
  ending.join();
  CAF_CHECK(!pool.submit([](bool) {}));
}

CAF_TEST(a service that ends answers everyone) {
  std::vector<std::future<expected<stored_image>>> answers;
  {
    file_service service{store(), {2, 100}};
    for (int i = 0; i < 20; ++i) {
      auto answer = std::make_shared<std::promise<expected<stored_image>>>();
      answers.push_back(answer->get_future());
      service.take_image(uploaded(png), "image/png", {},
                         [answer](auto r) { answer->set_value(std::move(r)); });
    }
  }
  for (auto& a : answers) {
    auto r = get(std::move(a));
    CAF_CHECK(r || r.error().code == ec::unavailable);
  }
}

CAF_TEST(settings out of bounds are named) {
  CAF_CHECK(validate(file_service_settings{}));
  CAF_CHECK(!validate(file_service_settings{0, 1}));
  CAF_CHECK(!validate(file_service_settings{1, 0}));
}

CAF_TEST_FIXTURE_SCOPE_END()
