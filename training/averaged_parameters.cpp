// A parameter and its average are matched by name alone, so that it works for a module loaded from its file.
#include "training/averaged_parameters.h"

#include "training/optimizer.h"

namespace gradloom {

namespace {

// Names of the parameters that have an average.
std::vector<std::string> averaged(const Module& module) {
  std::vector<std::string> names;
  for (const Variable& variable : module.variables())
    if (variable.role == Role::parameter && module.find_variable(average_name(variable.name)) != nullptr)
      names.push_back(variable.name);
  return names;
}

}  // namespace

TensorMap translating_variables(const Session& session) {
  TensorMap values = session.variables();
  for (const std::string& name : averaged(session.module())) values[name] = values.at(average_name(name));
  return values;
}

void begin_averages(Session& session) {
  for (const std::string& name : averaged(session.module()))
    session.set_variable(average_name(name), session.variable(name));
}

AveragedParameters::AveragedParameters(Session& session) : session_(session) {
  for (const std::string& name : averaged(session.module())) {
    trained_[name] = session.variable(name);
    session.set_variable(name, session.variable(average_name(name)));
  }
}

AveragedParameters::~AveragedParameters() {
  for (auto& [name, value] : trained_) session_.set_variable(name, std::move(value));
}

}  // namespace gradloom
