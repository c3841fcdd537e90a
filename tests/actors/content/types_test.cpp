#define CAF_SUITE content_types
#include "actors/content/types.hpp"

#include <caf/test/unit_test.hpp>

using namespace troupe;

CAF_TEST(a published delivery never becomes anything else) {
  using enum delivery_state;
  for (auto to :
       {draft, awaiting_approval, scheduled, sending, published, failed, in_doubt, needs_review, cancelled})
    CAF_CHECK(!may_become(published, to));
}

CAF_TEST(nothing is sent that was not scheduled) {
  using enum delivery_state;
  for (auto from : {draft, awaiting_approval, published, failed, in_doubt, needs_review, cancelled})
    CAF_CHECK(!may_become(from, sending));
  CAF_CHECK(may_become(scheduled, sending));
}

CAF_TEST(a doubtful delivery is never simply failed back to draft or cancelled) {
  CAF_CHECK(!may_become(delivery_state::in_doubt, delivery_state::cancelled));
  CAF_CHECK(!may_become(delivery_state::in_doubt, delivery_state::draft));
}

CAF_TEST(every state has a name that reads back) {
  using enum delivery_state;
  for (auto s :
       {draft, awaiting_approval, scheduled, sending, published, failed, in_doubt, needs_review, cancelled})
    CAF_CHECK(parse_delivery_state(to_string(s)) == s);
  CAF_CHECK(!parse_delivery_state("done"));
}

namespace {

std::string_view state_of(std::initializer_list<delivery_state> states) {
  std::vector<delivery> all;
  for (auto s : states) all.emplace_back().state = s;
  return post_state(all);
}

} // namespace

CAF_TEST(the word for a post is the one of what still needs attention) {
  using enum delivery_state;
  CAF_CHECK_EQUAL(state_of({}), "draft");
  CAF_CHECK_EQUAL(state_of({published, needs_review, scheduled}), "needs_review");
  CAF_CHECK_EQUAL(state_of({published, scheduled}), "scheduled");
  CAF_CHECK_EQUAL(state_of({published, published}), "published");
  CAF_CHECK_EQUAL(state_of({published, failed}), "partly_published");
  CAF_CHECK_EQUAL(state_of({published, cancelled}), "published");
  CAF_CHECK_EQUAL(state_of({failed, failed}), "failed");
  CAF_CHECK_EQUAL(state_of({cancelled}), "cancelled");
}

CAF_TEST(the backoff doubles and stays within its bounds) {
  for (std::int64_t burnt = 0; burnt < 40; ++burnt)
    for (std::uint64_t random : {0ull, 1ull, 499ull, 123456789ull}) {
      auto wait = retry_backoff(burnt, milliseconds{1'000}, milliseconds{300'000}, random);
      CAF_CHECK(wait >= milliseconds{500});
      CAF_CHECK(wait <= milliseconds{300'000});
      if (burnt == 3) CAF_CHECK(wait >= milliseconds{4'000} && wait <= milliseconds{8'000});
    }
}

CAF_TEST(media survives the way through JSON) {
  std::vector<media_ref> media{{new_uuid(system_now()), "a \"quoted\" Ä"}, {new_uuid(system_now()), ""}};
  auto back = media_from_json(boost::json::serialize(media_json(media)));
  CAF_REQUIRE_EQUAL(back.size(), 2u);
  CAF_CHECK(back[0].media == media[0].media);
  CAF_CHECK_EQUAL(back[0].alt, media[0].alt);
  CAF_CHECK(media_from_json("not json").empty());
}
