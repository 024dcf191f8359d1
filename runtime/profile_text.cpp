// A profile as tables: rows added up by operation and by scope, and the nodes that took longest.
#include <algorithm>
#include <array>
#include <cstdio>
#include <map>

#include "base/error.h"
#include "runtime/profile.h"

namespace gradloom {

namespace {

constexpr std::size_t most_scopes = 24, most_nodes = 24;

std::string fixed(double value, int digits, int width) {
  std::array<char, 64> buffer;
  std::snprintf(buffer.data(), buffer.size(), "%*.*f", width, digits, value);
  return buffer.data();
}

// The first two parts of a name: `decoder/gru/reset` is in decoder/gru.
std::string scope_of(const std::string& name) {
  std::size_t end = name.rfind('/');
  if (end == std::string::npos) return "(top)";
  std::size_t first = name.find('/');
  std::size_t second = first == std::string::npos ? first : name.find('/', first + 1);
  return name.substr(0, std::min(end, second));
}

struct Line {
  std::string label;
  double calls = 0, seconds = 0, operations = 0, bytes = 0;

  void add(const Profile::Row& row) {
    calls += static_cast<double>(row.calls);
    seconds += row.seconds;
    operations += row.operations;
    bytes += row.bytes;
  }
};

class Table {
 public:
  Table(const Profile& profile, double peak)
      : runs_(static_cast<double>(std::max<std::int64_t>(profile.runs(), 1))),
        seconds_(profile.seconds()),
        peak_(peak) {}

  std::string text(const std::string& title, std::vector<Line> lines, std::size_t most) const {
    std::ranges::stable_sort(lines, std::greater<>(), &Line::seconds);
    std::string out = "\n    ms/run      %   calls/run  GFLOP/s  of peak     GB/s   " + title + "\n";
    Line rest;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (i < most) {
        out += line_text(lines[i]);
        continue;
      }
      rest.seconds += lines[i].seconds;
      rest.calls += lines[i].calls;
      rest.operations += lines[i].operations;
      rest.bytes += lines[i].bytes;
    }
    rest.label = concat_text("(", lines.size() - std::min(most, lines.size()), " more)");
    return lines.size() > most ? out + line_text(rest) : out;
  }

 private:
  std::string line_text(const Line& line) const {
    double gflops = line.seconds > 0 ? line.operations / line.seconds / 1e9 : 0;
    std::string out = fixed(1e3 * line.seconds / runs_, 3, 10) +
                      fixed(seconds_ > 0 ? 100 * line.seconds / seconds_ : 0, 1, 7) + fixed(line.calls / runs_, 1, 12);
    out += line.operations > 0 ? fixed(gflops, 1, 9) : std::string(8, ' ') + "-";
    out += line.operations > 0 && peak_ > 0 ? fixed(100 * gflops / peak_, 1, 7) + " %" : std::string(8, ' ') + "-";
    out += fixed(line.seconds > 0 ? line.bytes / line.seconds / 1e9 : 0, 1, 9);
    return out + "   " + line.label + "\n";
  }

  double runs_, seconds_, peak_;
};

template <class Label>
std::vector<Line> added_up(const Profile& profile, Label&& label) {
  std::map<std::string, Line> lines;
  for (const Profile::Row& row : profile.rows()) lines[label(row)].add(row);
  std::vector<Line> result;
  for (auto& [text, line] : lines) {
    line.label = text;
    result.push_back(line);
  }
  return result;
}

}  // namespace

std::string Profile::text(double peak) const {
  double runs = static_cast<double>(std::max<std::int64_t>(runs_, 1)), nodes = 0;
  for (const Row& row : rows_) nodes += row.seconds;
  std::string out = concat_text(runs_, runs_ == 1 ? " run, " : " runs, ") + fixed(1e3 * seconds_ / runs, 3, 0) +
                    " ms each, " + fixed(1e3 * (seconds_ - nodes) / runs, 3, 0) + " ms of it between nodes";
  if (peak > 0) out += "; peak of matrix products " + fixed(peak, 1, 0) + " GFLOP/s";
  Table table(*this, peak);
  out += "\n" + table.text("operation", added_up(*this, [](const Row& row) { return row.op; }), rows_.size());
  out += table.text("scope", added_up(*this, [](const Row& row) { return row.function + ": " + scope_of(row.name); }),
                    most_scopes);
  std::vector<Line> each;
  for (const Row& row : rows_) {
    Line& line = each.emplace_back();
    line.label = concat_text(row.op, " ", row.name, ": ", row.shapes);
    line.add(row);
  }
  return out + table.text("node", std::move(each), most_nodes);
}

}  // namespace gradloom
