#include <fmt/format.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/base/diagnostics.hpp"
#include "core/config/build_context.hpp"
#include "core/config/steps.hpp"
#include "core/os/files/file_identity.hpp"

namespace ixyflow {
namespace {

/// A file that somebody uses, by the path that he has for it.
struct FileUse {
  const PortNode* port = nullptr;  ///< null: the pipeline's own, which nobody may overwrite
  std::string_view what = {};      ///< of those: "the plugin"
  std::string path = {};
  bool writes = false;
  IdentifiedFile file = {};
};

class FileUses {
 public:
  void add(FileUse use) {
    constexpr std::string_view kStandardStream = "-";
    const int stream = use.writes ? STDOUT_FILENO : STDIN_FILENO;
    const auto file = use.path == kStandardStream ? identify_descriptor(stream) : identify_file(use.path);
    if (!file) return;
    use.file = *file;
    uses_.push_back(std::move(use));
  }

  void check(Diagnostics& diagnostics) const {
    for (std::size_t later = 0; later < uses_.size(); ++later)
      for (std::size_t earlier = 0; earlier < later; ++earlier)
        if (collide(uses_[earlier], uses_[later])) report(uses_[earlier], uses_[later], diagnostics);
  }

 private:
  static bool collide(const FileUse& one, const FileUse& other) {
    return one.file.identity == other.file.identity && (one.port != nullptr || other.port != nullptr) &&
           (one.writes || other.writes || one.file.pipe);
  }

  /// "a.pcap", or "a.pcap (b.pcap is the same file)"
  static std::string name(const FileUse& one, const FileUse& other) {
    const std::string path = printable(one.path);
    return one.path == other.path ? path
                                  : fmt::format("{} ({} is the same file)", path, printable(other.path));
  }

  static void report(const FileUse& earlier, const FileUse& later, Diagnostics& diagnostics) {
    const PortNode& port = *later.port;
    if (earlier.port == nullptr)
      diagnostics.error(
          port.where,
          fmt::format("port '{}' would {} {}: {}", port.name, later.writes ? "overwrite" : "take away from",
                      earlier.what, name(later, earlier)),
          later.writes ? "write to another file" : "read another file");
    else if (earlier.port != later.port)
      diagnostics.error(port.where,
                        fmt::format("ports '{}' and '{}' both use file {}", earlier.port->name, port.name,
                                    name(earlier, later)),
                        "give each a file of its own");
    else if (earlier.writes != later.writes)
      diagnostics.error(port.where,
                        fmt::format("port '{}' would overwrite the file that it reads: {}", port.name,
                                    name(later, earlier)),
                        "write to another file");
    else
      diagnostics.error(port.where, fmt::format("port '{}' would {} one file twice: {}", port.name,
                                                later.writes ? "write" : "read", name(earlier, later)));
  }

  std::vector<FileUse> uses_;
};

}  // namespace

void check_files(BuildContext& build) {
  FileUses uses;
  uses.add({.what = "the pipeline's own file", .path = build.file.path});
  for (const std::string& path : build.pipeline.settings.plugins)
    uses.add({.what = "the plugin", .path = path});
  for (const std::string& path : build.options.plugins) uses.add({.what = "the plugin", .path = path});
  for (const PortNode& node : build.pipeline.ports) {
    const PortProperties properties = node.port->properties();
    for (const std::string& path : properties.reads) uses.add({.port = &node, .path = path});
    for (const std::string& path : properties.writes) uses.add({.port = &node, .path = path, .writes = true});
  }
  uses.check(build.diagnostics);
}

}  // namespace ixyflow
