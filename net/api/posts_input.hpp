#pragma once

#include "actors/content/interface.hpp"
#include "net/api/api.hpp"
#include "net/bridge/field_reader.hpp"

/// Reads posts out of JSON and into the messages of the content group, and puts what a POST found wrong back
/// into the terms of the request.
namespace troupe::api {

/// Schemas CreatePostRequest, UpdatePostRequest, Schedule. What is wrong is in the reader; call its finish().
void read_create(bridge::field_reader& r, create_post& out);
void read_edit(bridge::field_reader& r, edit_post& out);
void read_schedule(bridge::field_reader& r, schedule_spec& out);

/// A POST names fields as createPost has them. `local`: the time was given by wall clock. `schedule_only`:
/// the body was a Schedule, so that targets are those of the post: `/deliveries`.
failure in_terms_of_request(failure f, bool local, bool schedule_only);

/// posts_bulk.cpp
void add_bulk_routes(bridge::router& routes, api_context& ctx);

} // namespace troupe::api
