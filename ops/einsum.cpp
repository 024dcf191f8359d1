// einsum: an equation of named axes taken apart into diagonals, sums, products and one transposition.
#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "ops/ops.h"
#include "ops/sugar.h"

namespace gradloom {

namespace {

// An axis' name: a letter, or, for the axes of `...`, a number below 0 that counts from the right.
using Label = int;
using Labels = std::vector<Label>;

struct Term {
  Value value;
  Labels labels;
};

std::string name_of_label(Label label) {
  return label < 0 ? concat_text("axis ", label, " of \"...\"") : std::string(1, static_cast<char>(label));
}

bool has(const Labels& labels, Label label) { return std::find(labels.begin(), labels.end(), label) != labels.end(); }

std::int64_t place_of(const Labels& labels, Label label) {
  return std::find(labels.begin(), labels.end(), label) - labels.begin();
}

class Einsum {
 public:
  Einsum(std::string_view equation, const Values& operands)
      : equation_(equation), operands_(operands), in_("einsum", {"operands..."}, operands) {
    read_equation();
    check_sizes();
  }

  Value result() {
    for (std::size_t i = 0; i < terms_.size(); ++i) {
      take_diagonals(terms_[i]);
      sum_unneeded(terms_[i], i + 1, i == 0 ? nullptr : &terms_[0]);
      if (i == 0) continue;
      terms_[0] = product(terms_[0], terms_[i], i + 1);
    }
    // What only the first of several operands had, and what remains of a single one.
    sum_unneeded(terms_[0], terms_.size(), nullptr);
    Axes permutation;
    for (Label label : out_) permutation.push_back(place_of(terms_[0].labels, label));
    return transpose(terms_[0].value, permutation);
  }

 private:
  template <class... Parts>
  void require_at(bool condition, std::size_t place, const Parts&... parts) const {
    in_->require(condition, "\"", equation_, "\" at character ", place + 1, ": ", parts...);
  }

  // The labels of one term of the equation; `rank` is given for operands.
  Labels read_labels(std::size_t begin, std::size_t end, std::optional<std::size_t> rank) {
    Labels labels;
    std::optional<std::size_t> dots;
    for (std::size_t i = begin; i < end; ++i) {
      char c = equation_[i];
      if (c == ' ') continue;
      if (c == '.') {
        require_at(equation_.substr(i, 3) == "..." && i + 3 <= end, i, "\"...\" was expected");
        require_at(!dots.has_value(), i, "\"...\" stands twice in a term");
        dots = labels.size();
        i += 2;
        continue;
      }
      bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      require_at(is_letter, i, "a letter was expected, not \"", c, "\"");
      labels.push_back(c);
    }
    if (rank) {
      require_at(dots ? labels.size() <= *rank : labels.size() == *rank, begin, "the operand has ", *rank,
                 " axes but the term names ", labels.size());
      most_dots_ = std::max(most_dots_, dots ? *rank - labels.size() : 0);
    }
    if (dots) {
      std::size_t count = rank ? *rank - labels.size() : most_dots_;
      for (std::size_t i = 0; i < count; ++i)
        labels.insert(labels.begin() + static_cast<std::ptrdiff_t>(*dots + i),
                      static_cast<Label>(i) - static_cast<Label>(count));
    }
    return labels;
  }

  void read_equation() {
    std::size_t arrow = equation_.find("->"), inputs_end = std::min(arrow, equation_.size());
    std::size_t begin = 0, index = 0;
    while (begin <= inputs_end) {
      std::size_t end = std::min(equation_.find(',', begin), inputs_end);
      in_->require(index < operands_.size(), "\"", equation_, "\" has more terms than the ", operands_.size(),
                   operands_.size() == 1 ? " operand" : " operands");
      terms_.push_back({operands_[index], read_labels(begin, end, operands_[index].rank())});
      ++index;
      begin = end + 1;
    }
    in_->require(index == operands_.size(), "\"", equation_, "\" has ", index, index == 1 ? " term" : " terms",
                 " but there are ", operands_.size(), " operands");
    if (arrow == std::string::npos) {
      infer_output();
      return;
    }
    out_ = read_labels(arrow + 2, equation_.size(), std::nullopt);
    for (std::size_t i = 0; i < out_.size(); ++i) {
      require_at(std::count(out_.begin(), out_.end(), out_[i]) == 1, arrow + 2, name_of_label(out_[i]),
                 " stands twice in the result");
      bool is_known = std::any_of(terms_.begin(), terms_.end(), [&](const Term& t) { return has(t.labels, out_[i]); });
      require_at(is_known, arrow + 2, name_of_label(out_[i]), " of the result is in no operand");
    }
    bool drops_dots = most_dots_ > 0 && !has(out_, -1);
    require_at(!drops_dots, arrow + 2, "the result has no \"...\" but operands have");
  }

  // Without `->`: the axes of `...`, then the letters that stand once, in the order of the alphabet.
  void infer_output() {
    std::map<Label, int> uses;
    for (const Term& term : terms_)
      for (Label label : term.labels) ++uses[label];
    for (const auto& [label, count] : uses)
      if (label < 0 || count == 1) out_.push_back(label);
  }

  void check_sizes() {
    std::map<Label, std::pair<Dim, std::size_t>> sizes;
    for (std::size_t i = 0; i < terms_.size(); ++i)
      for (std::size_t axis = 0; axis < terms_[i].labels.size(); ++axis) {
        Label label = terms_[i].labels[axis];
        const Dim& size = terms_[i].value.shape()[axis];
        auto [found, is_new] = sizes.try_emplace(label, size, i);
        auto& [known, owner] = found->second;
        if (is_new || known == size) continue;
        // Axes of `...` broadcast, as everywhere.
        if (label < 0 && size.is(1)) continue;
        if (label < 0 && known.is(1)) {
          known = size;
          owner = i;
          continue;
        }
        in_->require(false, "\"", equation_, "\": ", name_of_label(label), " is ", known, " in operands[", owner,
                     "] but ", size, " in operands[", i, "]");
      }
    for (Term& term : terms_)
      for (std::size_t axis = term.labels.size(); axis-- > 0;) {
        Label label = term.labels[axis];
        bool is_repeated = label < 0 && term.value.shape()[axis].is(1) && !sizes.at(label).first.is(1);
        if (!is_repeated) continue;
        term.value = squeeze(term.value, {static_cast<std::int64_t>(axis)});
        term.labels.erase(term.labels.begin() + static_cast<std::ptrdiff_t>(axis));
      }
  }

  // A letter that stands twice in a term: all but the diagonal becomes 0 and one of the axes is summed.
  void take_diagonals(Term& term) {
    for (std::size_t i = 0; i < term.labels.size(); ++i)
      for (std::size_t j = i + 1; j < term.labels.size();) {
        if (term.labels[j] != term.labels[i]) {
          ++j;
          continue;
        }
        Value on_diagonal = eye(open_graph({term.value}), DType::boolean, term.value.shape()[i]);
        Axes others;
        for (std::size_t axis = 0; axis < term.labels.size(); ++axis)
          if (axis != i && axis != j) others.push_back(static_cast<std::int64_t>(axis));
        if (!others.empty()) on_diagonal = expand_dims(on_diagonal, others);
        term.value = sum(where(on_diagonal, term.value, scalar_like(term.value, 0)), {static_cast<std::int64_t>(j)});
        term.labels.erase(term.labels.begin() + static_cast<std::ptrdiff_t>(j));
      }
  }

  // Whether the result, or a term from `next` on, has the label.
  bool is_needed(Label label, std::size_t next) const {
    return has(out_, label) || std::any_of(terms_.begin() + static_cast<std::ptrdiff_t>(next), terms_.end(),
                                           [&](const Term& term) { return has(term.labels, label); });
  }

  void sum_unneeded(Term& term, std::size_t next, const Term* other) {
    Axes axes;
    Labels kept;
    for (std::size_t i = 0; i < term.labels.size(); ++i) {
      Label label = term.labels[i];
      if (is_needed(label, next) || (other && has(other->labels, label)))
        kept.push_back(label);
      else
        axes.push_back(static_cast<std::int64_t>(i));
    }
    if (!axes.empty()) term.value = sum(term.value, axes);
    term.labels = kept;
  }

  Term product(const Term& a, const Term& b, std::size_t next) {
    Axes batch_a, batch_b, contract_a, contract_b;
    Labels batch, rest;
    for (Label label : a.labels) {
      bool is_shared = has(b.labels, label), stays = is_needed(label, next);
      if (!is_shared) rest.push_back(label);
      if (!is_shared) continue;
      (stays ? batch_a : contract_a).push_back(place_of(a.labels, label));
      (stays ? batch_b : contract_b).push_back(place_of(b.labels, label));
      if (stays) batch.push_back(label);
    }
    for (Label label : b.labels)
      if (!has(a.labels, label)) rest.push_back(label);
    batch.insert(batch.end(), rest.begin(), rest.end());
    return {dot_general(a.value, b.value, batch_a, batch_b, contract_a, contract_b), batch};
  }

  std::string_view equation_;
  const Values& operands_;
  Sugar in_;
  std::vector<Term> terms_;
  Labels out_;
  std::size_t most_dots_ = 0;
};

}  // namespace

Value einsum(std::string_view equation, Values operands) {
  require(!operands.empty(), Fault::usage, "einsum: no operands were given");
  return Einsum(equation, operands).result();
}

Value outer(Value a, Value b) {
  Sugar in("outer", {"a", "b"}, {a, b});
  for (std::size_t i : {std::size_t{0}, std::size_t{1}})
    in->require(in->rank(i) == 1, in->input_name(i), " has ", in->rank(i), " axes but a vector is needed");
  return dot_general(a, b, {}, {}, {}, {});
}

}  // namespace gradloom
