#include "core/sandbox/capabilities.hpp"

#include <cap-ng.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string>

namespace ixyflow {

namespace {

constexpr std::uint64_t bit(unsigned capability) {
  return std::uint64_t{1} << capability;
}

/// While it lives, the calling thread does not pass over the modes of files.
class WithoutOverride {
 public:
  WithoutOverride() : before_(capng_save_state()) {
    capng_updatev(CAPNG_DROP, CAPNG_EFFECTIVE, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, -1);
    capng_apply(CAPNG_SELECT_CAPS);
  }
  ~WithoutOverride() {
    capng_restore_state(&before_);
    capng_apply(CAPNG_SELECT_CAPS);
  }
  WithoutOverride(const WithoutOverride&) = delete;
  WithoutOverride& operator=(const WithoutOverride&) = delete;

 private:
  void* before_;
};

bool within_reach(const std::string& path, int access) {
  return ::faccessat(AT_FDCWD, path.c_str(), access, AT_EACCESS) == 0 || errno == ENOENT;
}

bool all_within_reach(const Rights& kept) {
  const auto folder_writable = [](const std::string& path) {
    const std::string folder = std::filesystem::path(path).parent_path().string();
    return within_reach(folder.empty() ? "." : folder, W_OK | X_OK);
  };
  const auto readable = [](const std::string& path) { return within_reach(path, R_OK); };
  const auto writable = [](const std::string& path) { return within_reach(path, W_OK); };
  return std::ranges::all_of(kept.reads, readable) && std::ranges::all_of(kept.writes, writable) &&
         std::ranges::all_of(kept.meets, writable) && std::ranges::all_of(kept.removes, folder_writable);
}

}  // namespace

std::uint64_t needed_capabilities(const Rights& kept) {
  if (capng_get_caps_process() != 0 || capng_have_capability(CAPNG_EFFECTIVE, CAP_DAC_OVERRIDE) == 0)
    return kept.capabilities;
  const WithoutOverride without;
  return kept.capabilities | (all_within_reach(kept) ? 0 : bit(CAP_DAC_OVERRIDE));
}

std::string capability_names(std::uint64_t capabilities) {
  std::string names;
  for (unsigned i = 0; i <= CAP_LAST_CAP; ++i) {
    const char* name = (capabilities & bit(i)) != 0 ? capng_capability_to_name(i) : nullptr;
    if (name != nullptr) names += (names.empty() ? "" : ", ") + std::string(name);
  }
  return names.empty() ? "none" : names;
}

int keep_capabilities(std::uint64_t kept) noexcept {
  if (capng_get_caps_process() != 0) return EIO;
  for (unsigned capability = 0; capability <= static_cast<unsigned>(CAP_LAST_CAP); ++capability) {
    if ((kept & bit(capability)) != 0) continue;
    capng_update(CAPNG_DROP, static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_INHERITABLE),
                 capability);
  }
  // Ambient ones go with those that are inheritable.
  return capng_apply(CAPNG_SELECT_CAPS) == 0 ? 0 : EPERM;
}

}  // namespace ixyflow
