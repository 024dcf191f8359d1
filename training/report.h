// ReportPage: a page of text, tables and pictures in one HTML file that needs nothing from anywhere.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gradloom {

/// All texts are escaped; pictures are what training/picture.h makes.
class ReportPage {
 public:
  explicit ReportPage(std::string_view title);

  void heading(std::string_view text);
  void paragraph(std::string_view text);
  /// The first column is of words, the others are of numbers.
  void table(std::span<const std::string> head, std::span<const std::vector<std::string>> rows);
  /// Names and what they stand for, one under the other.
  void list(std::span<const std::pair<std::string, std::string>> entries);

  struct Figure {
    std::string svg, caption;
  };
  /// Side by side where there is room. What is wider than the page scrolls by itself.
  void figures(std::span<const Figure> figures);

  /// The whole file.
  std::string html() const;

 private:
  std::string title_, body_;
};

}  // namespace gradloom
