#include "core/plugin/needed_libraries.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>
#include <set>
#include <string_view>
#include <system_error>
#include <vector>

#include "core/base/diagnostics.hpp"
#include "core/os/files/trusted_path.hpp"
#include "core/os/trusted_file.hpp"
#include "core/plugin/elf_file.hpp"

namespace ixyflow {
namespace {

namespace fs = std::filesystem;
using Folders = std::vector<std::string>;

/// More than anything has that is not meant to take long.
constexpr std::size_t kMostLibraries = 1000;

/// Replaces what `word` stands for. Others than $ORIGIN are left.
std::string with_origin(std::string text, const std::string& origin) {
  for (const std::string_view word : {"$ORIGIN", "${ORIGIN}"})
    for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += origin.size())
      text.replace(at, word.size(), origin);
  return text;
}

/// In which nobody meant to name the current folder, as the dynamic linker has it.
std::string absolute_folder(const std::string& text) {
  std::error_code none;
  return fs::weakly_canonical(fs::absolute(text.empty() ? "." : text, none), none).string();
}

/// Goes through an object's libraries, and theirs.
class LibraryWalk {
 public:
  /// `inherited`: folders that the object's loaders have for it as well.
  std::string check(int file, const std::string& path, const Folders& inherited) {
    const auto dynamic = ElfFile(file).read_dynamic();
    // What cannot be understood here, the dynamic linker refuses.
    if (!dynamic) return "";
    const std::string origin = fs::path(path).parent_path().string();
    Folders own = dynamic->run_path;
    Folders passed_on = inherited;
    if (dynamic->run_path.empty()) {
      for (const std::string& folder : dynamic->old_path) passed_on.push_back(with_origin(folder, origin));
      own = passed_on;
    }
    for (std::string& folder : own) folder = with_origin(folder, origin);
    for (const std::string& name : dynamic->needed)
      if (std::string why = check_library(with_origin(name, origin), own, passed_on); !why.empty())
        return why;
    return "";
  }

 private:
  std::string check_library(const std::string& name, const Folders& folders, const Folders& passed_on) {
    if (name.find('/') != std::string::npos) return refusal(name, check_file(name, passed_on));
    // One that is there already is taken, wherever another one may stand.
    if (void* loaded = ::dlopen(name.c_str(), RTLD_LAZY | RTLD_NOLOAD); loaded != nullptr) {
      ::dlclose(loaded);
      return "";
    }
    for (const std::string& folder : folders) {
      if (std::string why = check_folder(folder); !why.empty()) return refusal(name, why);
      std::error_code none;
      const fs::path hardware = fs::path(folder) / "glibc-hwcaps";
      for (const auto& entry : fs::directory_iterator(hardware, none))
        if (std::string why = check_in(entry.path(), name, passed_on); !why.empty()) return why;
      if (std::string why = check_in(folder, name, passed_on); !why.empty()) return why;
      if (fs::exists(fs::path(folder) / name, none)) return "";
    }
    return "";
  }

  std::string check_in(const fs::path& folder, const std::string& name, const Folders& passed_on) {
    if (std::string why = check_folder(folder.string()); !why.empty()) return refusal(name, why);
    std::error_code none;
    const fs::path path = folder / name;
    return fs::exists(path, none) ? refusal(name, check_file(path.string(), passed_on)) : "";
  }

  static std::string check_folder(const std::string& folder) {
    if (folder.find('$') != std::string::npos)
      return fmt::format("it looks for it in '{}', and only $ORIGIN is known here", printable(folder));
    if (const auto links = follow_own_links(folder + "/."); !links && links.error().code == ExitCode::refused)
      return links.error().text;
    const auto trusted = check_trusted_folder(absolute_folder(folder));
    return trusted ? "" : trusted.error().text;
  }

  std::string check_file(const std::string& path, const Folders& passed_on) {
    if (const auto links = follow_own_links(path); !links && links.error().code == ExitCode::refused)
      return links.error().text;
    std::error_code none;
    const std::string canonical = fs::canonical(path, none).string();
    if (none) return none.message();
    if (!seen_.insert(canonical).second) return "";
    if (seen_.size() > kMostLibraries) return "there are too many of them";
    const auto file = open_trusted(canonical);
    return file ? check(file->get(), canonical, passed_on) : file.error().text;
  }

  /// One within another names the innermost only.
  static std::string refusal(const std::string& name, std::string why) {
    if (why.empty() || why.starts_with(kLibrary)) return why;
    return fmt::format("{}'{}', which it needs: {}", kLibrary, printable(name), why);
  }

  static constexpr std::string_view kLibrary = "library ";
  std::set<std::string> seen_;
};

}  // namespace

std::string check_needed_libraries(int file, const std::string& path) {
  return LibraryWalk().check(file, path, {});
}

}  // namespace ixyflow
