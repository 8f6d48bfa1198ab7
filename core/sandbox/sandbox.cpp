#include "core/sandbox/sandbox.hpp"

#include <fmt/format.h>
#include <linux/capability.h>

#include <array>
#include <cerrno>

#include "core/os/system_error.hpp"
#include "core/sandbox/capabilities.hpp"

namespace ixyflow {

Sandbox::Sandbox(const Rights& kept)
    : capabilities_(needed_capabilities(kept)), files_(FileLimits::Kind::kept, kept) {}

void Sandbox::enter_control() {
  restrict_rights();
  note(kCalls, control_.apply(CallFilter::Reach::all_threads));
}

void Sandbox::enter_worker() noexcept {
  restrict_rights();
  note(kCalls, worker_.apply(CallFilter::Reach::this_thread));
}

void Sandbox::restrict_rights() noexcept {
  note(kCapabilities, keep_capabilities(capabilities_));
  note(kFiles, files_.apply());
}

void Sandbox::note(Part part, int error) noexcept {
  if (error != 0) errors_[part] = error;
}

std::vector<std::string> Sandbox::missing() const {
  constexpr std::array<const char*, kParts> kNames{"capabilities", "files (Landlock)",
                                                   "system calls (seccomp)"};
  std::vector<std::string> parts;
  for (std::size_t part = 0; part < kParts; ++part)
    if (const int error = errors_[part].load(); error != 0)
      parts.push_back(fmt::format("{}: {}", kNames[part], system_error_text(error)));
  return parts;
}

Result<void> enter_looking_sandbox(std::optional<pid_t> may_kill) {
  const CallFilter calls(ThreadRole::looking, may_kill);
  // A second wall where there is one: the filter alone keeps files from being written.
  [[maybe_unused]] const int limited = FileLimits(FileLimits::Kind::no_write, {}).apply();
  // What the owner of a file does not let others read root may read, here as without.
  int error = keep_capabilities(std::uint64_t{1} << CAP_DAC_READ_SEARCH);
  if (error == 0) error = calls.apply(CallFilter::Reach::all_threads);
  if (error == 0) return {};
  return fail(ExitCode::refused,
              fmt::format("this process cannot give up its rights: {}", system_error_text(error)));
}

}  // namespace ixyflow
