#include "core/os/system_error.hpp"

#include <cerrno>
#include <system_error>

namespace ixyflow {
namespace {

const char* limit_behind(int error) {
  switch (error) {
    case EMFILE:
      return " (limit: ulimit -n)";
    case EAGAIN:
      return " (limit: ulimit -u)";
    case ENOMEM:
      return " (limit: ulimit -v, or the memory of the machine)";
    case EFBIG:
      return " (limit: ulimit -f)";
    default:
      return "";
  }
}

}  // namespace

std::string system_error_text(int error) {
  return std::generic_category().message(error) + limit_behind(error);
}

}  // namespace ixyflow
