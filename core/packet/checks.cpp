#include "core/packet/checks.hpp"

#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace ixyflow::detail {

namespace {

constexpr const char* kNothing = "no element";

void say(const char* text) noexcept {
  // Nothing can be done about a stderr that takes no more.
  if (::write(STDERR_FILENO, text, std::strlen(text)) < 0) return;
}

}  // namespace

thread_local const char* const* current_activity = &kNothing;

void check_failed(const char* what) noexcept {
  say("ixyflow: check failed in ");
  say(*current_activity);
  say(": ");
  say(what);
  say("\n");
  std::abort();
}

}  // namespace ixyflow::detail
