// Module: named functions (graphs) that share named variables, and the bodies of their loops. What is saved, loaded,
// compiled and trained is a Module.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "graph/graph.h"

namespace gradloom {

/// What a variable is for.
enum class Role {
  parameter,  ///< learned; what translation needs
  slot,       ///< an optimizer's memory of a parameter
  counter,    ///< a number of steps
  key,        ///< the key of random draws
};

/// "parameter", "slot", "counter", "key".
std::string_view name_of(Role role);

/// How a variable's first value is made; data, so that a module trains from its file alone.
struct Initializer {
  enum class Kind { constant, uniform, normal };
  Kind kind = Kind::constant;
  double a = 0;  ///< constant: the value; uniform: the lower bound; normal: the mean
  double b = 0;  ///< uniform: the upper bound; normal: the standard deviation

  friend bool operator==(const Initializer&, const Initializer&) = default;
};

inline Initializer constant_fill(double value) { return {Initializer::Kind::constant, value, 0}; }
inline Initializer uniform_fill(double low, double high) { return {Initializer::Kind::uniform, low, high}; }
inline Initializer normal_fill(double mean, double deviation) { return {Initializer::Kind::normal, mean, deviation}; }
/// Uniform in +-sqrt(6 / (rows + columns)) (Glorot and Bengio 2010, eq. 16).
Initializer glorot_uniform(std::int64_t rows, std::int64_t columns);

struct Variable {
  std::string name;
  DType dtype = DType::float32;
  Shape shape;
  Role role = Role::parameter;
  Initializer initializer;

  Type type() const;
};

class Module {
 public:
  Module() = default;
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  /// A UserError when the name is taken or is not letters, digits, `_`, `-`, `.` and `/`.
  const Variable& add_variable(Variable variable);
  const Variable* find_variable(std::string_view name) const;
  /// A UserError with a suggestion when there is none.
  const Variable& variable(std::string_view name) const;
  const std::deque<Variable>& variables() const { return variables_; }

  Graph& add_function(std::string_view name);
  Graph* find_function(std::string_view name) const;
  Graph& function(std::string_view name) const;
  const std::vector<std::unique_ptr<Graph>>& functions() const { return functions_; }

  /// Every body, also of nodes that passes have replaced; `reachable_bodies` lists those in use.
  Graph& add_body(std::string_view name, Graph* parent);
  const std::vector<std::unique_ptr<Graph>>& bodies() const { return bodies_; }

  std::int64_t next_symbol() { return ++symbols_; }
  /// After loading a file: fresh symbols begin above those it holds.
  void reserve_symbols(std::int64_t used) { symbols_ = std::max(symbols_, used); }

 private:
  std::deque<Variable> variables_;
  std::map<std::string, const Variable*, std::less<>> variables_by_name_;
  std::vector<std::unique_ptr<Graph>> functions_;
  std::vector<std::unique_ptr<Graph>> bodies_;
  std::map<std::string, std::int64_t, std::less<>> body_names_;
  std::int64_t symbols_ = 0;
};

/// The bodies that a graph's nodes use, each once, a body before the bodies inside it.
std::vector<Body> reachable_bodies(const Graph& graph);

/// A name of nodes, variables, functions and outputs: letters, digits, `_`, `-`, `.`, `$`, and `/` between parts.
bool is_name(std::string_view name);

}  // namespace gradloom
