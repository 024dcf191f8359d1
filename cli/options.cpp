// Parsing by CLI11, with our own conversions and messages, as declared in options.h.
#include "cli/options.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "cli/output.h"

namespace gradloom {

namespace {

using Texts = std::vector<std::string>;

template <class T>
T number(const std::string& name, const std::string& text, T low, T high, const char* kind) {
  T value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  bool whole = error != std::errc::invalid_argument && end == text.data() + text.size();
  require(whole, Fault::usage, name, " ", text, ": ", kind, " was expected");
  bool fits = error == std::errc();
  require(fits && value >= low && value <= high, Fault::usage, name, " ", text, ": a number from ", low, " to ", high,
          " was expected");
  return value;
}

}  // namespace

struct Options::State {
  struct Declared {
    std::string name;   // `--steps`, or `FILE` of an argument
    std::string value;  // what follows the name, as the help calls it
    std::string help;
    std::string fallback;
    CLI::Option* option;
    std::function<void(const Texts&)> take;
    bool is_required = false;
    bool is_single = true;  // giving it twice is a mistake
    bool is_pairs = false;
  };

  State(std::string_view name, std::string_view about) : command(name), summary(about) {
    app.allow_extras();
    app.set_help_flag("--help,-h");
  }

  Declared& declare(const std::string& name, std::string_view value, std::string_view help,
                    std::function<void(const Texts&)> take, const std::string& fallback = "") {
    CLI::Option* option = app.add_option(name, [](const Texts&) { return true; });
    option->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    declared.push_back({name, std::string(value), std::string(help), fallback, option, std::move(take)});
    return declared.back();
  }

  Declared* find(std::string_view name) {
    for (Declared& one : declared)
      if (one.name == name) return &one;
    return nullptr;
  }

  // `--input a=1 b=2` becomes `--input a=1 --input b=2`.
  Texts with_names_repeated(std::span<const std::string> arguments) {
    Texts out;
    const Declared* pairs = nullptr;
    std::size_t values = 0;
    for (const std::string& argument : arguments) {
      if (pairs && values > 0 && !argument.starts_with('-') && argument.find('=') != std::string::npos)
        out.push_back(pairs->name);
      else if (pairs && values > 0)
        pairs = nullptr;
      if (const Declared* found = find(argument); found && found->is_pairs) {
        pairs = found;
        values = 0;
      } else {
        ++values;
      }
      out.push_back(argument);
    }
    return out;
  }

  void read(Texts arguments) {
    std::reverse(arguments.begin(), arguments.end());
    try {
      app.parse(std::move(arguments));
    } catch (const CLI::CallForHelp&) {
      throw;
    } catch (const CLI::ParseError& error) {
      // `--steps: 1 required N missing`
      std::string what = error.what();
      throw UserError(what.substr(0, what.find(':')) + " needs a value");
    }
    refuse_extras(app.remaining());
  }

  void refuse_extras(const Texts& extras) {
    if (extras.empty()) return;
    std::string first = extras[0].substr(0, extras[0].find('='));
    for (const std::string& extra : extras)
      if (extra.starts_with("-") && extra.size() > 1) {
        first = extra.substr(0, extra.find('='));
        break;
      }
    require(first.starts_with("-"), Fault::usage, "\"", extras[0], "\" is one argument too many");
    Texts names{"--help"};
    for (const Declared& one : declared)
      if (one.name.starts_with("--")) names.push_back(one.name);
    throw UserError(concat_text("no option \"", first, "\"", did_you_mean(first, names)));
  }

  std::string command, summary;
  CLI::App app;
  std::vector<Declared> declared;
};

Options::Options(std::string_view command, std::string_view summary)
    : state_(std::make_unique<State>(command, summary)) {}

Options::~Options() = default;

void Options::optional_argument(std::string_view value, std::string& to, std::string_view help) {
  state_->declare(std::string(value), value, help, [&to](const Texts& texts) { to = texts[0]; });
}

void Options::argument(std::string_view value, std::string& to, std::string_view help) {
  optional_argument(value, to, help);
  required();
}

void Options::argument_choice(std::string_view value, std::vector<std::string> choices, std::string& to,
                              std::string_view help) {
  choice(value, choices, to, concat_text(help, ": ", join(choices)));
  required();
}

void Options::arguments(std::string_view value, std::vector<std::string>& to, std::string_view help) {
  auto& declared = state_->declare(std::string(value), value, help, [&to](const Texts& texts) { to = texts; });
  declared.is_single = false;
  declared.option->expected(CLI::detail::expected_max_vector_size);
  required();
}

void Options::flag(std::string_view name, bool& to, std::string_view help) {
  CLI::Option* option = state_->app.add_flag(std::string(name));
  state_->declared.push_back(
      {std::string(name), "", std::string(help), "", option, [&to](const Texts&) { to = true; }});
}

void Options::text(std::string_view name, std::string_view value, std::string& to, std::string_view help) {
  state_->declare(
      std::string(name), value, help, [&to](const Texts& texts) { to = texts[0]; }, to);
}

void Options::integer(std::string_view name, std::string_view value, std::int64_t& to, IntegerRange range,
                      std::string_view help) {
  state_->declare(
      std::string(name), value, help,
      [&to, range, name = std::string(name)](const Texts& texts) {
        to = number(name, texts[0], range.low, range.high, "a whole number");
      },
      std::to_string(to));
}

void Options::real(std::string_view name, std::string_view value, double& to, RealRange range, std::string_view help) {
  state_->declare(
      std::string(name), value, help,
      [&to, range, name = std::string(name)](const Texts& texts) {
        to = number(name, texts[0], range.low, range.high, "a number");
      },
      number_text(to));
}

void Options::choice(std::string_view name, std::vector<std::string> choices, std::string& to, std::string_view help) {
  std::string value = join(choices, "|");
  state_->declare(
      std::string(name), value, help,
      [&to, choices = std::move(choices), name = std::string(name)](const Texts& texts) {
        bool known = std::find(choices.begin(), choices.end(), texts[0]) != choices.end();
        require(known, Fault::usage, name, " ", texts[0], ": ", join(choices), " can be chosen");
        to = texts[0];
      },
      to);
}

void Options::named_files(std::string_view name, NamedFiles& to, std::string_view help) {
  auto& declared =
      state_->declare(std::string(name), "NAME=FILE", help, [&to, name = std::string(name)](const Texts& texts) {
        for (const std::string& text : texts) {
          std::size_t equals = text.find('=');
          require(equals != std::string::npos && equals > 0 && equals + 1 < text.size(), Fault::usage, name, " ", text,
                  ": NAME=FILE was expected");
          std::string key = text.substr(0, equals);
          for (const auto& [known, file] : to)
            require(known != key, Fault::usage, name, " ", text, ": ", key, " was given before");
          to.emplace_back(std::move(key), text.substr(equals + 1));
        }
      });
  declared.is_single = false;
  declared.is_pairs = true;
}

void Options::required() { state_->declared.back().is_required = true; }

bool Options::parse(std::span<const std::string> arguments) {
  try {
    state_->read(state_->with_names_repeated(arguments));
  } catch (const CLI::CallForHelp&) {
    print(help());
    return false;
  }
  for (const auto& one : state_->declared) {
    Texts texts = one.option->results();
    bool given = one.option->count() > 0;
    require(given || !one.is_required, Fault::usage, one.name, " is missing");
    require(texts.size() <= 1 || !one.is_single, Fault::usage, one.name, " was given ", texts.size(), " times");
    for (const std::string& text : texts)
      require(!text.empty() || one.value.empty(), Fault::usage, one.name, " needs a value");
    if (given) one.take(texts);
  }
  return true;
}

bool Options::given(std::string_view name) const {
  auto* declared = state_->find(name);
  ensure(declared != nullptr, "the option ", name, " is asked for but not declared");
  return declared->option->count() > 0;
}

std::string Options::usage() const {
  std::string out = concat_text("Usage: gradloom ", state_->command, " [options]");
  for (const State::Declared& one : state_->declared) {
    if (one.name.starts_with("--")) continue;
    std::string shown = one.name + (one.is_single ? "" : "...");
    out += one.is_required ? " " + shown : " [" + shown + "]";
  }
  return out;
}

std::vector<OptionShape> Options::shapes() const {
  std::vector<OptionShape> out;
  for (const State::Declared& one : state_->declared) {
    OptionShape shape{one.name, one.value, one.help, one.fallback, {}, one.is_required, !one.is_single};
    std::string choice;
    for (char c : one.value.find('|') == std::string::npos ? "" : one.value + "|") {
      if (c != '|')
        choice += c;
      else
        shape.choices.push_back(std::exchange(choice, ""));
    }
    out.push_back(std::move(shape));
  }
  return out;
}

std::string Options::help() const {
  std::string arguments, options;
  auto line = [](const std::string& left, const std::string& right) {
    constexpr std::size_t column = 30;
    std::string out = "  " + left;
    out.resize(std::max(out.size() + 2, column), ' ');
    return out + right + "\n";
  };
  for (const State::Declared& one : state_->declared) {
    if (one.name.starts_with("--")) {
      std::string note = one.is_required ? " (must be given)" : one.fallback.empty() ? "" : " [" + one.fallback + "]";
      options += line(one.name + (one.value.empty() ? "" : " " + one.value), one.help + note);
    } else {
      arguments += line(one.name, one.help);
    }
  }
  return concat_text(usage(), "\n", state_->summary, "\n\n", arguments, arguments.empty() ? "" : "\n", options,
                     line("--help", "print this text"));
}

}  // namespace gradloom
