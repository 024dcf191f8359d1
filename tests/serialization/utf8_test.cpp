// Well-formed UTF-8 to the letter of the Unicode standard, and what messages show of foreign text.
#include "serialization/utf8.h"

#include <doctest/doctest.h>

using namespace gradloom;

TEST_CASE("serialization/utf8: the first byte that is not UTF-8 is found") {
  CHECK(utf8_prefix("") == 0);
  CHECK(utf8_prefix("a\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf") == 22);
  for (std::string_view broken :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x7f", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xe2\x82",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xf0\x90\x80"})
    CHECK(utf8_prefix("ab" + std::string(broken)) == 2);
}

TEST_CASE("serialization/utf8: a message shows foreign text short and printable") {
  CHECK(shown_text("caf\xc3\xa9") == "caf\xc3\xa9");
  CHECK(shown_text("a\n\x1b[1m\x7f") == "a\\u000a\\u001b[1m\\u007f");
  CHECK(shown_text("a\xff") == "a\\xff");
  CHECK(shown_text("abc\xc3\xa9", 4) == "abc...");
  CHECK(shown_text("abcde", 5) == "abcde");
}
