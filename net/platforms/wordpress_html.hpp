#pragma once

#include "net/platforms/adapter.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The pure half of the WordPress adapter: from a post's text to HTML, from ids to slugs.
namespace troupe::platforms::wordpress {

/// An uploaded image as the page refers to it.
struct figure {
  std::int64_t id = 0;
  std::string url, alt;
};

/// `& < > " '` as entities.
std::string escape(std::string_view s);

/// A description of an image as WordPress keeps it unharmed: it cuts out what looks like a tag or like an
/// encoded byte ("%41"), and shows entities as what they stand for.
std::string kept_alt_text(std::string_view s);

/// The page: one paragraph per block of text, line breaks kept, everything escaped; a link inside a paragraph
/// becomes an anchor, a link alone in its paragraph stays bare so that WordPress may embed it; images follow
/// as figures.
std::string to_html(std::string_view text, const std::vector<figure>& figures);

/// The title, escaped: the given one, else the first line of the text, cut at 120 graphemes.
std::string title_of(const publication& p);

/// The slug under which a delivery's draft is found again after a lost answer.
std::string draft_slug(const publication& p);
/// The name under which one of its images is uploaded and found again: "beach-3fa9...". Without the
/// extension.
std::string media_slug(const publication& p, const image& i, std::string_view image_key);
/// ".png" for "image/png"; empty for a type that WordPress does not take.
std::string_view extension_of(std::string_view content_type);

/// The problems with `options`.
std::vector<content_issue> check_options(const boost::json::object& options);
/// The fields of a post that come from `options` (all but the slug).
boost::json::object post_fields(const boost::json::object& options);

} // namespace troupe::platforms::wordpress
