#define CAF_SUITE platforms_text
#include "net/platforms/text.hpp"

#include "net/platforms/adapter.hpp"

#include <caf/test/unit_test.hpp>

using namespace troupe::platforms;

namespace {

// One text and what every counter must say of it. The grapheme figures are those of UAX #29.
struct vector {
  const char* name;
  std::string text;
  std::size_t code_points, utf16, bytes, graphemes;
};

const vector vectors[] = {
    {"nothing", "", 0, 0, 0, 0},
    {"ASCII", "hello", 5, 5, 5, 5},
    {"CR LF is one", "a\r\nb", 4, 4, 4, 3},
    {"LF CR are two", "a\n\rb", 4, 4, 4, 4},
    {"combining acute", "e\u0301", 2, 2, 3, 1},
    {"composed acute", "\u00e9", 1, 1, 2, 1},
    {"family of four joined", "\U0001F468\u200D\U0001F469\u200D\U0001F467\u200D\U0001F466", 7, 11, 25, 1},
    {"two flags", "\U0001F1E9\U0001F1EA\U0001F1EB\U0001F1F7", 4, 8, 16, 2},
    {"half a flag", "\U0001F1E9", 1, 2, 4, 1},
    {"skin tone", "\U0001F44D\U0001F3FD", 2, 4, 8, 1},
    {"keycap", "1\uFE0F\u20E3", 3, 3, 7, 1},
    {"flag of Scotland by tags", "\U0001F3F4\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F", 7,
     14, 28, 1},
    {"Hangul by parts", "\u1112\u1161\u11AB", 3, 3, 9, 1},
    {"Devanagari", "\u0928\u093F", 2, 2, 6, 1},
    {"CJK", "\u6F22\u5B57", 2, 2, 6, 2},
    {"outside the first plane", "\U00020BB7", 1, 2, 4, 1},
};

std::size_t mastodon(std::string_view s) { return count(s, count_unit::mastodon); }
std::size_t x(std::string_view s) { return count(s, count_unit::x_weighted); }

std::vector<std::string> urls(std::string_view s, bool bare = false) {
  std::vector<std::string> found;
  for (const auto& u : text::find_urls(s, bare)) found.emplace_back(s.substr(u.begin, u.size()));
  return found;
}
using strings = std::vector<std::string>;

} // namespace

CAF_TEST(every way of counting agrees with the known vectors) {
  for (const auto& v : vectors) {
    const auto n = measure(v.text);
    CAF_MESSAGE(v.name);
    CAF_CHECK_EQUAL(n.code_points, v.code_points);
    CAF_CHECK_EQUAL(n.utf16_units, v.utf16);
    CAF_CHECK_EQUAL(n.bytes, v.bytes);
    CAF_CHECK_EQUAL(n.graphemes, v.graphemes);
    CAF_CHECK_EQUAL(count(v.text, count_unit::graphemes), v.graphemes);
    CAF_CHECK_EQUAL(count(v.text, count_unit::utf16_units), v.utf16);
  }
}

CAF_TEST(text that is not UTF 8 is recognised and still counted without harm) {
  CAF_CHECK(is_utf8(""));
  CAF_CHECK(is_utf8("gr\u00fc\u00df \U0001F600"));
  for (const std::string bad :
       {"\xff", "a\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"}) {
    CAF_CHECK(!is_utf8(bad));
    CAF_CHECK(measure(bad).code_points > 0);
    CAF_CHECK(measure(bad).graphemes > 0);
  }
}

CAF_TEST(counting one text does not disturb the next) {
  CAF_CHECK_EQUAL(measure("\U0001F1E9\U0001F1EA").graphemes, 1u);
  {
    std::string gone(5000, '\xc3');
    measure(gone);
  }
  CAF_CHECK_EQUAL(measure("\U0001F1E9\U0001F1EA").graphemes, 1u);
}

CAF_TEST(Mastodon counts a link as twenty three and a mention without its server) {
  CAF_CHECK_EQUAL(mastodon("https://example.com/" + std::string(200, 'a')), 23u);
  CAF_CHECK_EQUAL(mastodon("http://a.io"), 23u);
  CAF_CHECK_EQUAL(mastodon("see https://example.com/x."), 4u + 23u + 1u);
  CAF_CHECK_EQUAL(mastodon("(https://example.com/x)"), 25u);
  CAF_CHECK_EQUAL(mastodon("@ada@example.social hi"), 7u);
  CAF_CHECK_EQUAL(mastodon("@ada hi"), 7u);
  CAF_CHECK_EQUAL(mastodon("mail ada@example.com"), 20u);
  CAF_CHECK_EQUAL(mastodon("@ada@"), 5u);
  CAF_CHECK_EQUAL(mastodon("@ada.b-c@xn--bcher-kva.example!"), 9u);
  CAF_CHECK_EQUAL(mastodon("example.com"), 11u);        // without a scheme it stays text
  CAF_CHECK_EQUAL(mastodon("http://localhost/x"), 18u); // and so does a host without a dot
  CAF_CHECK_EQUAL(mastodon("\U0001F468\u200D\U0001F469\u200D\U0001F467 \U0001F1E9\U0001F1EA"), 3u);
  CAF_CHECK_EQUAL(mastodon("https://example.com/@ada@example.social"), 23u);
  CAF_CHECK_EQUAL(count("https://example.com/", count_unit::mastodon, 30), 30u);
}

CAF_TEST(X counts Latin once and other scripts and emoji twice) {
  CAF_CHECK_EQUAL(x("hello"), 5u);
  CAF_CHECK_EQUAL(x("h\u00e9llo"), 5u);
  CAF_CHECK_EQUAL(x("he\u0301llo"), 5u); // composed first
  CAF_CHECK_EQUAL(x("\u6F22\u5B57"), 4u);
  CAF_CHECK_EQUAL(x("\U0001F600"), 2u);
  CAF_CHECK_EQUAL(x("\U0001F468\u200D\U0001F469\u200D\U0001F467\u200D\U0001F466"), 2u);
  CAF_CHECK_EQUAL(x("\U0001F1E9\U0001F1EA"), 2u);
  CAF_CHECK_EQUAL(x("1\uFE0F\u20E3"), 2u);
  CAF_CHECK_EQUAL(x("\u201Cquote\u201D \u2014 \u2026"), 12u); // the ellipsis is outside the light ranges
  CAF_CHECK_EQUAL(x("https://example.com/a/b?c=d"), 23u);
  CAF_CHECK_EQUAL(x("go to example.com now"), 6u + 23u + 4u);
  CAF_CHECK_EQUAL(x("\u3042 https://a.io \u3042"), 2u + 1u + 23u + 1u + 2u);
  CAF_CHECK_EQUAL(x("file.py and v1.2.3"), 18u);
}

CAF_TEST(links end where a reader would end them) {
  CAF_CHECK(urls("a https://example.com/x, b") == strings{"https://example.com/x"});
  CAF_CHECK(urls("https://example.com/a_(b)") == strings{"https://example.com/a_(b)"});
  CAF_CHECK(urls("(https://example.com/a)") == strings{"https://example.com/a"});
  CAF_CHECK(urls("https://example.com.") == strings{"https://example.com"});
  CAF_CHECK(urls("https://example.com?") == strings{"https://example.com"});
  CAF_CHECK(urls("https://example.com:8080/?q=1&r=2#top") ==
            strings{"https://example.com:8080/?q=1&r=2#top"});
  CAF_CHECK(urls("HTTPS://EXAMPLE.COM/") == strings{"HTTPS://EXAMPLE.COM/"});
  CAF_CHECK(urls("https://b\u00fccher.example/\u00fc") == strings{"https://b\u00fccher.example/\u00fc"});
  CAF_CHECK((urls("https://a.com/1 https://b.com/2") == strings{"https://a.com/1", "https://b.com/2"}));
  CAF_CHECK(urls("xhttps://a.com @https://a.com https:// https://. ftp://a.com").empty());
  CAF_CHECK(urls("https://a..com https://1.2.3.4/x").empty());
}

CAF_TEST(bare host names are links only where they are asked for and well known) {
  CAF_CHECK(urls("see example.com/a.", true) == strings{"example.com/a"});
  CAF_CHECK(urls("see example.com").empty());
  CAF_CHECK(urls("e.g. this, etc.so what.is it ada@example.com", true).empty());
  CAF_CHECK(urls("bild.de/x", true) == strings{"bild.de/x"});
  CAF_CHECK(urls("sub.example.social", true) == strings{"sub.example.social"});
}

CAF_TEST(trimming knows the white space of all scripts) {
  CAF_CHECK_EQUAL(std::string(text::trim("\u3000 a b\u00a0\n")), "a b");
  CAF_CHECK_EQUAL(std::string(text::trim(" \u2003 ")), "");
}
