#pragma once

#include <string>

namespace ixyflow {

/// While it lives, a signal by which the constructors of a plugin end the process (abort, a crash, an
/// exception that nobody may catch) leaves one line on stderr that names the plugin. Then comes what would
/// have come without. One at a time; control thread.
class LoadingReports {
 public:
  /// `plugin`: as the line shall call it; it must outlive this.
  explicit LoadingReports(const std::string& plugin);
  ~LoadingReports();
  LoadingReports(const LoadingReports&) = delete;
  LoadingReports& operator=(const LoadingReports&) = delete;
};

}  // namespace ixyflow
