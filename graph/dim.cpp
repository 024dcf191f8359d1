// Canonical polynomials of sizes: arithmetic, simplification of the four atoms, evaluation and text.
#include "graph/dim.h"

#include <algorithm>
#include <limits>
#include <set>

#include "base/error.h"
#include "graph/dim_terms.h"

namespace gradloom {

namespace {

enum class AtomKind { symbol, floordiv, ceildiv, max, min };

struct Atom {
  AtomKind kind;
  std::string text;  // canonical, so equal atoms have equal texts
  Dim a, b;          // operands of what is not a symbol
};

using AtomPointer = std::shared_ptr<const Atom>;

struct MonomialOrder {
  bool operator()(const std::vector<AtomPointer>& x, const std::vector<AtomPointer>& y) const {
    // Higher degree first, so that text reads `batch*time + 1`.
    if (x.size() != y.size()) return x.size() > y.size();
    for (std::size_t i = 0; i < x.size(); ++i)
      if (int order = x[i]->text.compare(y[i]->text); order != 0) return order < 0;
    return false;
  }
};

using Terms = std::map<std::vector<AtomPointer>, std::int64_t, MonomialOrder>;

std::int64_t checked_add(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  require(!__builtin_add_overflow(a, b, &result), Fault::input, "size ", a, " + ", b, " is beyond 64 bits");
  return result;
}

std::int64_t checked_multiply(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  require(!__builtin_mul_overflow(a, b, &result), Fault::input, "size ", a, " * ", b, " is beyond 64 bits");
  return result;
}

std::int64_t divide(std::int64_t a, std::int64_t b, bool up) {
  require(b > 0, Fault::input, "size ", a, " is divided by ", b, ", which is not positive");
  std::int64_t quotient = a / b, remainder = a % b;
  if (remainder == 0) return quotient;
  return up ? (a > 0 ? quotient + 1 : quotient) : (a < 0 ? quotient - 1 : quotient);
}

std::int64_t combine(AtomKind kind, std::int64_t a, std::int64_t b) {
  switch (kind) {
    case AtomKind::floordiv:
      return divide(a, b, false);
    case AtomKind::ceildiv:
      return divide(a, b, true);
    case AtomKind::max:
      return std::max(a, b);
    case AtomKind::min:
      return std::min(a, b);
    case AtomKind::symbol:
      break;
  }
  throw InternalError("a symbol has no operands");
}

const char* function_name(AtomKind kind) {
  switch (kind) {
    case AtomKind::floordiv:
      return "floordiv";
    case AtomKind::ceildiv:
      return "ceildiv";
    case AtomKind::max:
      return "max";
    case AtomKind::min:
      return "min";
    case AtomKind::symbol:
      break;
  }
  return "";
}

bool is_symbol(std::string_view text) {
  auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  bool fresh = !text.empty() && text[0] == '$';
  if (fresh) text.remove_prefix(1);
  if (text.empty() || (!fresh && is_digit(text[0]))) return false;
  return std::all_of(text.begin(), text.end(), [&](char c) { return is_letter(c) || is_digit(c); });
}

// What a file makes a size of stays small enough to be computed with and to be read back by Dim::parse.
constexpr std::size_t most_characters = 1000;
constexpr int most_nested = 30;

std::string terms_text(const Terms& terms) {
  std::string out;
  for (const auto& [atoms, coefficient] : terms) {
    bool negative = coefficient < 0;
    if (!out.empty())
      out += negative ? " - " : " + ";
    else if (negative)
      out += "-";
    // The magnitude as text, since -coefficient may not fit.
    std::string magnitude = std::to_string(coefficient).substr(negative ? 1 : 0);
    if (magnitude != "1" || atoms.empty()) out += magnitude + (atoms.empty() ? "" : "*");
    for (std::size_t i = 0; i < atoms.size(); ++i) out += (i > 0 ? "*" : "") + atoms[i]->text;
  }
  return out;
}

int nesting(std::string_view text) {
  int deepest = 0, depth = 0;
  for (char c : text) {
    depth += (c == '(') - (c == ')');
    deepest = std::max(deepest, depth);
  }
  return deepest;
}

}  // namespace

struct Dim::Polynomial {
  Terms terms;       // never empty, never only a constant; coefficients are not 0
  std::string text;  // canonical, so that comparing is comparing bytes
};

struct DimArithmetic {
  static Terms terms(const Dim& dim) {
    if (dim.polynomial_) return dim.polynomial_->terms;
    Terms terms;
    if (dim.constant_ != 0) terms[{}] = dim.constant_;
    return terms;
  }
  static Dim make(Terms terms) {
    std::erase_if(terms, [](const auto& term) { return term.second == 0; });
    Dim result;
    if (terms.empty()) return result;
    if (terms.size() == 1 && terms.begin()->first.empty()) return Dim(terms.begin()->second);
    std::string text = terms_text(terms);
    require(text.size() <= most_characters, Fault::input, "a size of more than ", most_characters,
            " characters as text, beginning ", text.substr(0, 40));
    result.polynomial_ = std::make_shared<Dim::Polynomial>(Dim::Polynomial{std::move(terms), std::move(text)});
    return result;
  }
  static Dim atom(Atom atom) {
    require(nesting(atom.text) <= most_nested, Fault::input, "a size of more than ", most_nested,
            " functions inside each other, beginning ", atom.text.substr(0, 40));
    Terms terms;
    terms[{std::make_shared<const Atom>(std::move(atom))}] = 1;
    return make(std::move(terms));
  }
  static Dim function(AtomKind kind, const Dim& a, const Dim& b) {
    if (a.is_constant() && b.is_constant()) return combine(kind, a.constant(), b.constant());
    if (kind == AtomKind::max || kind == AtomKind::min) {
      if (Dim difference = a - b; difference.is_constant())
        return (difference.constant() >= 0) == (kind == AtomKind::max) ? a : b;
      // Both orders are one atom.
      if (b.text() < a.text()) return function(kind, b, a);
    } else if (auto quotient = a.divided_by(b)) {
      return *quotient;
    }
    return atom({kind, concat_text(function_name(kind), "(", a.text(), ", ", b.text(), ")"), a, b});
  }
  // The polynomial with `leaf(atom)` in the place of each atom, computed in leaf's result type.
  template <class Leaf>
  static auto fold(const Dim& dim, const Leaf& leaf) {
    using Result = decltype(leaf(std::declval<const Atom&>()));
    Result sum{0};
    for (const auto& [atoms, coefficient] : terms(dim)) {
      Result product{coefficient};
      for (const AtomPointer& atom : atoms) product = multiply(product, leaf(*atom));
      sum = add(sum, product);
    }
    return sum;
  }
  static std::int64_t add(std::int64_t a, std::int64_t b) { return checked_add(a, b); }
  static std::int64_t multiply(std::int64_t a, std::int64_t b) { return checked_multiply(a, b); }
  static Dim add(const Dim& a, const Dim& b) { return a + b; }
  static Dim multiply(const Dim& a, const Dim& b) { return a * b; }

  static std::int64_t value(const Dim& dim, const Binding& binding) {
    if (dim.is_constant()) return dim.constant_;
    return fold(dim, [&](const Atom& atom) -> std::int64_t {
      if (atom.kind != AtomKind::symbol) return combine(atom.kind, value(atom.a, binding), value(atom.b, binding));
      auto found = binding.find(atom.text);
      require(found != binding.end(), Fault::usage, "the size \"", atom.text, "\" is not bound");
      return found->second;
    });
  }
  static void collect(const Dim& dim, std::set<std::string>& symbols) {
    for (const auto& [atoms, coefficient] : terms(dim))
      for (const AtomPointer& atom : atoms) {
        if (atom->kind == AtomKind::symbol) {
          symbols.insert(atom->text);
        } else {
          collect(atom->a, symbols);
          collect(atom->b, symbols);
        }
      }
  }
};

Dim::Dim(std::string_view symbol) {
  require(is_symbol(symbol), Fault::usage, "\"", symbol,
          "\" is not a size's name: letters, digits and _ are, beginning with no digit");
  *this = DimArithmetic::atom({AtomKind::symbol, std::string(symbol), {}, {}});
}

std::int64_t Dim::constant() const {
  ensure(is_constant(), "the size ", text(), " was taken for a number");
  return constant_;
}

std::optional<std::string> Dim::symbol() const {
  if (!polynomial_ || polynomial_->terms.size() != 1) return std::nullopt;
  const auto& [atoms, coefficient] = *polynomial_->terms.begin();
  if (coefficient != 1 || atoms.size() != 1 || atoms[0]->kind != AtomKind::symbol) return std::nullopt;
  return atoms[0]->text;
}

std::string Dim::text() const { return polynomial_ ? polynomial_->text : std::to_string(constant_); }

std::vector<std::string> Dim::symbols() const {
  std::set<std::string> found;
  DimArithmetic::collect(*this, found);
  return {found.begin(), found.end()};
}

std::int64_t Dim::evaluate(const Binding& binding) const {
  std::int64_t size = DimArithmetic::value(*this, binding);
  require(size >= 0, Fault::input, "the size ", text(), " is ", size, ", below 0");
  return size;
}

Dim Dim::substitute(const std::map<std::string, Dim, std::less<>>& replacements) const {
  if (is_constant()) return *this;
  return DimArithmetic::fold(*this, [&](const Atom& atom) -> Dim {
    if (atom.kind != AtomKind::symbol)
      return DimArithmetic::function(atom.kind, atom.a.substitute(replacements), atom.b.substitute(replacements));
    auto found = replacements.find(atom.text);
    return found == replacements.end() ? Dim(atom.text) : found->second;
  });
}

std::optional<Dim> Dim::divided_by(const Dim& divisor) const {
  Terms bottom = DimArithmetic::terms(divisor), rest = DimArithmetic::terms(*this), quotient;
  if (bottom.empty()) return std::nullopt;
  // Long division by the leading term; the terms' order is a monomial order, so it ends.
  const auto& [lead, lead_coefficient] = *bottom.begin();
  while (!rest.empty()) {
    std::vector<AtomPointer> atoms = rest.begin()->first;
    std::int64_t coefficient = rest.begin()->second;
    for (const AtomPointer& factor : lead) {
      auto found = std::find_if(atoms.begin(), atoms.end(), [&](const auto& a) { return a->text == factor->text; });
      if (found == atoms.end()) return std::nullopt;
      atoms.erase(found);
    }
    // The quotient by -1 of the lowest number is beyond 64 bits.
    bool overflows = lead_coefficient == -1 && coefficient == std::numeric_limits<std::int64_t>::min();
    if (overflows || coefficient % lead_coefficient != 0) return std::nullopt;
    Dim part = DimArithmetic::make({{atoms, coefficient / lead_coefficient}});
    quotient[atoms] = coefficient / lead_coefficient;
    rest = DimArithmetic::terms(DimArithmetic::make(rest) - part * divisor);
  }
  return DimArithmetic::make(std::move(quotient));
}

bool operator==(const Dim& a, const Dim& b) {
  if (a.is_constant() || b.is_constant()) return a.is_constant() && b.is_constant() && a.constant_ == b.constant_;
  return a.polynomial_ == b.polynomial_ || a.polynomial_->text == b.polynomial_->text;
}

Dim operator+(const Dim& a, const Dim& b) {
  if (a.is_constant() && b.is_constant()) return checked_add(a.constant_, b.constant_);
  Terms sum = DimArithmetic::terms(a);
  for (const auto& [atoms, coefficient] : DimArithmetic::terms(b)) sum[atoms] = checked_add(sum[atoms], coefficient);
  return DimArithmetic::make(std::move(sum));
}

Dim operator-(const Dim& a, const Dim& b) { return a + Dim(-1) * b; }

Dim operator*(const Dim& a, const Dim& b) {
  if (a.is_constant() && b.is_constant()) return checked_multiply(a.constant_, b.constant_);
  Terms product;
  for (const auto& [left, p] : DimArithmetic::terms(a))
    for (const auto& [right, q] : DimArithmetic::terms(b)) {
      std::vector<AtomPointer> atoms(left);
      atoms.insert(atoms.end(), right.begin(), right.end());
      std::sort(atoms.begin(), atoms.end(), [](const auto& x, const auto& y) { return x->text < y->text; });
      product[atoms] = checked_add(product[atoms], checked_multiply(p, q));
      require(product.size() <= most_characters, Fault::input, "a size of more than ", most_characters, " terms");
    }
  return DimArithmetic::make(std::move(product));
}

Dim floordiv(const Dim& a, const Dim& b) { return DimArithmetic::function(AtomKind::floordiv, a, b); }
Dim ceildiv(const Dim& a, const Dim& b) { return DimArithmetic::function(AtomKind::ceildiv, a, b); }
Dim max(const Dim& a, const Dim& b) { return DimArithmetic::function(AtomKind::max, a, b); }
Dim min(const Dim& a, const Dim& b) { return DimArithmetic::function(AtomKind::min, a, b); }

std::vector<DimTerm> terms_of(const Dim& dim) {
  std::vector<DimTerm> result;
  for (const auto& [atoms, coefficient] : DimArithmetic::terms(dim)) {
    DimTerm term{coefficient, {}};
    for (const AtomPointer& atom : atoms) {
      bool is_symbol = atom->kind == AtomKind::symbol;
      term.factors.push_back({is_symbol ? atom->text : "", function_name(atom->kind), atom->a, atom->b});
    }
    result.push_back(std::move(term));
  }
  return result;
}

std::string dims_text(const Dims& dims) {
  std::string out = "[";
  for (std::size_t i = 0; i < dims.size(); ++i) out += (i > 0 ? ", " : "") + dims[i].text();
  return out + "]";
}

Shape evaluate(const Dims& dims, const Binding& binding) {
  Shape shape;
  shape.reserve(dims.size());
  for (const Dim& dim : dims) shape.push_back(dim.evaluate(binding));
  return shape;
}

Dim element_count(const Dims& dims) {
  Dim count = 1;
  for (const Dim& dim : dims) count = count * dim;
  return count;
}

std::string Type::text() const { return concat_text(name_of(dtype), " ", dims_text(shape)); }

}  // namespace gradloom
