// Calling what the user wrote. This code throws nothing, but theirs may; it must not end a thread of ours.
#ifndef BILLIARD_CORE_POOL_USER_CODE_H_
#define BILLIARD_CORE_POOL_USER_CODE_H_

#include <cxxabi.h>

#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <typeinfo>

#include "absl/types/optional.h"

namespace billiard::pool {

struct Thrown {
  std::string class_name;  // "std::runtime_error"
  std::string what;
  bool out_of_memory = false;
};

inline std::string ReadableName(const std::type_info& type) {
  int status = 0;
  char* name = abi::__cxa_demangle(type.name(), nullptr, nullptr, &status);
  const std::string readable = name == nullptr ? type.name() : name;
  free(name);
  return readable;
}

// What the call threw, if it did. A thread that is being cancelled goes on to its end.
template <typename Call>
absl::optional<Thrown> CallUser(const Call& call) {
  try {
    call();
  } catch (const std::bad_alloc& error) {
    return Thrown{ReadableName(typeid(error)), error.what(), true};
  } catch (const std::exception& error) {
    return Thrown{ReadableName(typeid(error)), error.what(), false};
  } catch (abi::__forced_unwind&) {
    throw;
  } catch (...) {
    const std::type_info* type = abi::__cxa_current_exception_type();
    return Thrown{type == nullptr ? "exception" : ReadableName(*type), "not a std::exception",
                  false};
  }
  return absl::nullopt;
}

}  // namespace billiard::pool

#endif  // BILLIARD_CORE_POOL_USER_CODE_H_
