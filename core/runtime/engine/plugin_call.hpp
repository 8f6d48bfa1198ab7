#pragma once

#include <string_view>

#include "core/packet/activity.hpp"

namespace ixyflow {

/// As long as it lives, the control thread is in the code of an element, a resource or a port, which may be a
/// plugin's, while the run goes on: reports of crashes name `owner`, and code that does not come back within
/// ten seconds ends the process as a crash does (CrashReports), because meanwhile nobody looks after devices,
/// clients and the end of the run. Calls may stand in each other. Control thread.
class PluginCall {
 public:
  explicit PluginCall(std::string_view owner) noexcept : mark_(owner) { begin(); }
  PluginCall(std::string_view kind, std::string_view name) noexcept : mark_(kind, name) { begin(); }
  explicit PluginCall(const char* owner) noexcept : mark_(owner) { begin(); }
  ~PluginCall();
  PluginCall(const PluginCall&) = delete;
  PluginCall& operator=(const PluginCall&) = delete;

  /// At an alarm, in the signal handler of any thread: whose code has had its time; null: nobody's.
  static const char* overdue() noexcept;
  /// Half of the ten seconds, for tests that cannot wait so long. While there is no call.
  static void set_patience(unsigned seconds) noexcept;

 private:
  void begin() noexcept;

  ActivityMark mark_;
};

}  // namespace ixyflow
