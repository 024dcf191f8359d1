// Strict UTF-8, lower case, normal form C and the folding of spaces.
#include "text/normalise.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "text/unicode.h"

using namespace gradloom;

TEST_CASE("text/unicode: the first byte that is not UTF-8 is found") {
  auto sound = [](std::string_view text) { return first_non_utf8(text) == std::string_view::npos; };
  CHECK(sound(""));
  CHECK(sound(std::string_view("a\0b", 3)));
  CHECK(sound("\x7F \u0080 \u07FF \u0800 \uD7FF \uE000 \uFFFF \U00010000 \U0010FFFF"));
  CHECK(first_non_utf8("ab\x80") == 2);            // a continuation alone
  CHECK(first_non_utf8("\xC0\xAF") == 0);          // overlong
  CHECK(first_non_utf8("a\xE0\x9F\x80") == 1);     // overlong
  CHECK(first_non_utf8("\xF0\x8F\xBF\xBF") == 0);  // overlong
  CHECK(first_non_utf8("\xED\xA0\x80") == 0);      // a surrogate
  CHECK(first_non_utf8("\xF4\x90\x80\x80") == 0);  // above U+10FFFF
  CHECK(first_non_utf8("\xF5\x80\x80\x80") == 0);
  CHECK(first_non_utf8("é\xE2\x82") == 2);  // cut off
  CHECK(first_non_utf8("\xE2\x82"
                       "a") == 0);
}

TEST_CASE("text/unicode: a byte that is not UTF-8 is named with its place") {
  CHECK_THROWS_WITH_AS(require_utf8("ab\xE9", "train.fr, line 7"), "train.fr, line 7: byte 3 (0xE9) is not UTF-8",
                       UserError);
}

TEST_CASE("text/unicode: characters decode and encode to the same text") {
  std::string text = "a\u00E9\u20AC\U0001F600\xFF";
  std::size_t position = 0;
  std::vector<char32_t> all;
  while (position < text.size()) all.push_back(next_character(text, position));
  CHECK(all == std::vector<char32_t>{'a', 0xE9, 0x20AC, 0x1F600, 0xDCFF});
  CHECK(split_white_space("\u00A0a \u3000b\x1F") == std::vector<std::string_view>{"a", "b"});
  CHECK(without_trailing_white_space(" a\u202F\n") == " a");
}

TEST_CASE("text/normalise: lower case follows Unicode") {
  CHECK(lower_case("ÉTÉ Œuvre ÀÇ SS ẞ") == "été œuvre àç ss ß");
  CHECK(lower_case("\u0130") == "i\u0307");
  CHECK(lower_case("ΟΔΥΣΣΕΥΣ ΣΑΣ. Σ") == "οδυσσευς σας. σ");
  CHECK(lower_case("A\xFF") == "a\xFF");
}

TEST_CASE("text/normalise: spaces fold, letters compose") {
  CHECK(fold_spaces("  a \t\r\n b\u2003\u3000c ") == "a b c");
  CHECK(fold_spaces("20\u202F000 \u00A0!") == "20\u202F000 \u00A0!");
  CHECK(nfc("e\u0301 \u212B") == "é Å");
  CHECK(normalise("  L'E\u0301TE\u0301 ", true) == "l'été");
  CHECK_THROWS_WITH_AS(normalise(" A\xC3", true), "text to normalise: byte 3 (0xC3) is not UTF-8", UserError);
}
