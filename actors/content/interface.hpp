#pragma once

#include "actors/content/types.hpp"
#include "actors/social/interface.hpp"
#include "system/actor/messages.hpp"
#include "system/core/zone.hpp"

#include <caf/all.hpp>

#include <string>
#include <vector>

/// What a POST may be asked. Requests of people come through the WORKSPACE (`as_member`), which has checked
/// that they may. Every change answers with the new `document` (openapi.yaml, schema Post).
namespace troupe {

/// Who asks, and what makes a repeat recognisable. `key` empty: no Idempotency-Key was given.
struct request_origin {
  uuid user;
  std::string key;
  std::string body_hash;       // raw bytes
  std::int64_t if_version = 0; // If-Match; 0: none. Otherwise precondition_failed when it is not current.
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, request_origin& x) {
    return f(x.user, x.key, x.body_hash, x.if_version);
  }
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, media_ref& x) {
  return f(x.media, x.alt);
}
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, post_content& x) {
  return f(x.text, x.title, x.language, x.media);
}

/// One target account and what differs for it.
struct target_spec {
  uuid account;
  bool has_text = false, has_title = false, has_media = false;
  std::string text, title;
  std::vector<media_ref> media;
  std::string options = "{}"; // JSON object
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, target_spec& x) {
    return f(x.account, x.has_text, x.has_title, x.has_media, x.text, x.title, x.media, x.options);
  }
};

/// When it shall go out.
struct schedule_spec {
  enum class kind : std::uint8_t { none, at, local };
  kind what = kind::none;
  std::int64_t at_us = 0;        // kind::at: microseconds since 1970, UTC
  std::string local;             // kind::local: wall clock ...
  std::string zone;              // ... in this zone; empty: the workspace's
  std::uint8_t if_ambiguous = 0; // enum ambiguity
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, schedule_spec& x) {
    return f(x.what, x.at_us, x.local, x.zone, x.if_ambiguous);
  }
};

/// Makes the post (its id is the entity's). Repeat with the same key and body: the same answer; other body:
/// idempotency_mismatch. Errors: validation_failed (unknown account or media, pointers into the body), and
/// with a schedule everything that schedule_post may answer.
struct create_post {
  request_origin origin;
  post_content content;
  std::vector<target_spec> targets;
  schedule_spec schedule;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, create_post& x) {
    return f(x.origin, x.content, x.targets, x.schedule);
  }
};

/// Answers document; not_found when there is none or it was deleted.
struct read_post {
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, read_post&) {
    return f();
  }
};

/// Replaces the parts that are set. Until released: a delivery that is armed is taken back first; one that
/// has been released answers already_sending. A published post answers conflict.
struct edit_post {
  request_origin origin;
  bool has_text = false, has_title = false, has_language = false, has_media = false, has_targets = false;
  post_content content;
  std::vector<target_spec> targets;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, edit_post& x) {
    return f(x.origin, x.has_text, x.has_title, x.has_language, x.has_media, x.has_targets, x.content,
             x.targets);
  }
};

/// Schedules or moves. Errors: validation_failed (content breaks a limit of a target: pointer, limit and
/// count; time in the past), nonexistent_time, ambiguous_time, already_sending, conflict (nothing left to
/// schedule).
struct schedule_post {
  request_origin origin;
  schedule_spec schedule;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, schedule_post& x) {
    return f(x.origin, x.schedule);
  }
};

enum class post_action : std::uint8_t { publish_now, unschedule, cancel, remove };
/// publish_now: as schedule_post with "now". unschedule: back to draft. cancel: every delivery that is not
/// final. remove: deletes a post of which nothing is on its way or published; answers document too.
struct act_on_post {
  request_origin origin;
  post_action action = post_action::cancel;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, act_on_post& x) {
    return f(x.origin, x.action);
  }
};

/// Checks the content against every target. Answers json_text {"valid","issues":[...]}.
struct validate_post {
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, validate_post&) {
    return f();
  }
};

enum class delivery_action : std::uint8_t { retry, cancel, resolve_published, resolve_not_published };
/// retry: a failed one goes out again, due now. cancel: this target only; a cancelled one stays as it is.
/// resolve_*: a person says what became of a needs_review; not published means that it goes out again, due
/// now. Answers the delivery's document; conflict when its state does not allow it, already_sending when it
/// was released.
struct act_on_delivery {
  request_origin origin;
  uuid delivery;
  delivery_action action = delivery_action::retry;
  std::string permalink; // with resolve_published, may be empty
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, act_on_delivery& x) {
    return f(x.origin, x.delivery, x.action, x.permalink);
  }
};

// -- INTERNAL: between the DISPATCHER of a shard and its POSTs -------------------------------------

/// One open delivery as the dispatcher knows it.
struct due_delivery {
  uuid delivery, post, workspace, account;
  delivery_state state = delivery_state::scheduled;
  std::int64_t version = 0, attempt = 0, burnt = 0;
  std::int64_t due_us = 0;
  std::int64_t wake_us = 0; // when something is to be done: due, next attempt, or end of a call's deadline
  std::int64_t call_deadline_us = 0;
  std::string platform;
  bool media = false;
  bool prepared = false;
  bool inherited = false; // its last step was that of the shard's owner just before this one
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, due_delivery& x) {
    return f(x.delivery, x.post, x.workspace, x.account, x.state, x.version, x.attempt, x.burnt, x.due_us,
             x.wake_us, x.call_deadline_us, x.platform, x.media, x.prepared, x.inherited);
  }
};

/// DISPATCHER -> POST: the shard leaves this node. What is in its hands and not yet released goes back to
/// `scheduled`, so that the next owner sends it in time; what is released ends here, as a receipt if need be.
struct give_back {
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, give_back&) {
    return f();
  }
};

/// DISPATCHER -> POST: it is your turn with this delivery.
struct take_delivery {
  due_delivery what;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, take_delivery& x) {
    return f(x.what);
  }
};

/// POST -> DISPATCHER: this is how the delivery stands now. Returns the credit when it was handed out.
struct delivery_stands {
  due_delivery what;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, delivery_stands& x) {
    return f(x.what);
  }
};

/// POST -> DISPATCHER: what you handed out does not fit the database; look it up again.
struct reload_post {
  uuid post;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, reload_post& x) {
    return f(x.post);
  }
};

/// To a POST: a receipt of this delivery says more than its row does.
struct look_at_receipts {
  uuid delivery;
  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, look_at_receipts& x) {
    return f(x.delivery);
  }
};

} // namespace troupe

CAF_BEGIN_TYPE_ID_BLOCK(troupe_content, first_custom_type_id + 200)
CAF_ADD_TYPE_ID(troupe_content, (troupe::delivery_state))
CAF_ADD_TYPE_ID(troupe_content, (troupe::request_origin))
CAF_ADD_TYPE_ID(troupe_content, (troupe::media_ref))
CAF_ADD_TYPE_ID(troupe_content, (troupe::post_content))
CAF_ADD_TYPE_ID(troupe_content, (troupe::target_spec))
CAF_ADD_TYPE_ID(troupe_content, (troupe::schedule_spec::kind))
CAF_ADD_TYPE_ID(troupe_content, (troupe::schedule_spec))
CAF_ADD_TYPE_ID(troupe_content, (troupe::create_post))
CAF_ADD_TYPE_ID(troupe_content, (troupe::read_post))
CAF_ADD_TYPE_ID(troupe_content, (troupe::edit_post))
CAF_ADD_TYPE_ID(troupe_content, (troupe::schedule_post))
CAF_ADD_TYPE_ID(troupe_content, (troupe::post_action))
CAF_ADD_TYPE_ID(troupe_content, (troupe::act_on_post))
CAF_ADD_TYPE_ID(troupe_content, (troupe::validate_post))
CAF_ADD_TYPE_ID(troupe_content, (troupe::delivery_action))
CAF_ADD_TYPE_ID(troupe_content, (troupe::act_on_delivery))
CAF_ADD_TYPE_ID(troupe_content, (troupe::due_delivery))
CAF_ADD_TYPE_ID(troupe_content, (troupe::take_delivery))
CAF_ADD_TYPE_ID(troupe_content, (troupe::give_back))
CAF_ADD_TYPE_ID(troupe_content, (troupe::delivery_stands))
CAF_ADD_TYPE_ID(troupe_content, (troupe::reload_post))
CAF_ADD_TYPE_ID(troupe_content, (troupe::look_at_receipts))
CAF_END_TYPE_ID_BLOCK(troupe_content)
