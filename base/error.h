// The two families of errors: what the caller can fix (UserError) and what the authors of Gradloom must fix
// (InternalError). Nothing in the library aborts or prints; it throws one of these.
#pragma once

#include <stdexcept>
#include <string>

#include "base/text.h"

namespace gradloom {

/// What kind of mistake a UserError reports; the command's exit code is its value.
enum class Fault {
  usage = 2,   ///< a wrong call, option or declaration
  input = 3,   ///< data that is missing, unreadable or out of bounds
  system = 4,  ///< the machine refused: writing, memory
};

/// The caller can fix this. The text says where, what was given, what was needed.
class UserError : public std::runtime_error {
 public:
  explicit UserError(const std::string& message, Fault fault = Fault::usage)
      : std::runtime_error(message), fault_(fault) {}
  Fault fault() const { return fault_; }

 private:
  Fault fault_;
};

/// A fault of Gradloom itself: the message asks for a report.
class InternalError : public std::logic_error {
 public:
  explicit InternalError(const std::string& message)
      : std::logic_error(message + " (this is a fault of Gradloom; please report it)") {}
};

/// Throws a UserError of the given fault with the joined parts unless `condition` holds.
template <class... Parts>
void require(bool condition, Fault fault, const Parts&... parts) {
  if (!condition) throw UserError(concat_text(parts...), fault);
}

/// Throws an InternalError with the joined parts unless `condition` holds.
template <class... Parts>
void ensure(bool condition, const Parts&... parts) {
  if (!condition) throw InternalError(concat_text(parts...));
}

}  // namespace gradloom
