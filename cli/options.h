// The options of a command, declared once: parsing, help and messages are made from the declaration. Only
// cli/options.cpp knows the library that parses.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gradloom {

/// `NAME=FILE`, split at the first `=`.
using NamedFiles = std::vector<std::pair<std::string, std::string>>;

struct IntegerRange {
  std::int64_t low = std::numeric_limits<std::int64_t>::min();
  std::int64_t high = std::numeric_limits<std::int64_t>::max();
};

struct RealRange {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
};

/// An option or argument as the help shows it: what completion and the manual are made from.
struct OptionShape {
  std::string name;   ///< `--steps`, or `FILE` of an argument
  std::string value;  ///< what follows the name; "" of a flag
  std::string help, fallback;
  std::vector<std::string> choices;  ///< when only these can follow
  bool is_required = false, is_repeated = false;

  bool is_argument() const { return !name.starts_with("--"); }
};

/// Every target must live until parse() has returned; its value before is the default that the help shows. Names are
/// `--name`; `value` is how the help calls what follows it.
class Options {
 public:
  Options(std::string_view command, std::string_view summary);
  ~Options();
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;

  /// An argument without a name, which must be given.
  void argument(std::string_view value, std::string& to, std::string_view help);
  /// The same, one of these.
  void argument_choice(std::string_view value, std::vector<std::string> choices, std::string& to,
                       std::string_view help);
  /// The same, which may be left out.
  void optional_argument(std::string_view value, std::string& to, std::string_view help);
  /// One or more of them.
  void arguments(std::string_view value, std::vector<std::string>& to, std::string_view help);

  void flag(std::string_view name, bool& to, std::string_view help);
  void text(std::string_view name, std::string_view value, std::string& to, std::string_view help);
  void integer(std::string_view name, std::string_view value, std::int64_t& to, IntegerRange range,
               std::string_view help);
  void real(std::string_view name, std::string_view value, double& to, RealRange range, std::string_view help);
  void choice(std::string_view name, std::vector<std::string> choices, std::string& to, std::string_view help);
  /// `--input x=x.npy y=y.npy --input z=z.npy`: may be given several times, with one or more behind each.
  void named_files(std::string_view name, NamedFiles& to, std::string_view help);

  /// The option declared last must be given.
  void required();

  /// Reads the arguments behind the command's name into the targets. Returns false when help was asked for and has
  /// been printed. A UserError (Fault::usage) says what cannot be understood.
  bool parse(std::span<const std::string> arguments);
  /// Whether the option was given; asked after parse().
  bool given(std::string_view name) const;

  std::string help() const;
  /// `Usage: gradloom train [options]`.
  std::string usage() const;
  std::vector<OptionShape> shapes() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gradloom
