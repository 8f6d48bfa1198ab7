#pragma once

#include <string>

namespace ixyflow {

/// While it lives, a signal by which the constructors of a plugin end the process (abort, a crash, an
/// exception that nobody may catch) leaves one line on stderr that names the plugin. Then comes what would
/// have come without. Constructors that do not come back end the process with such a line, too, and exit code
/// `configuration`: the dynamic linker is locked meanwhile, and there is no other way out of it. One at a
/// time; control thread.
class LoadingReports {
 public:
  /// `plugin`: as the line shall call it; it must outlive this. `patience`: seconds, at least 1.
  explicit LoadingReports(const std::string& plugin, unsigned patience = 10);
  ~LoadingReports();
  LoadingReports(const LoadingReports&) = delete;
  LoadingReports& operator=(const LoadingReports&) = delete;

 private:
  unsigned alarm_before_;  ///< seconds left of an alarm that somebody else had set; 0: none
};

}  // namespace ixyflow
