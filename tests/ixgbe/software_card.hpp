#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "tests/support/temporary_folder.hpp"
#include "tools/ixgbe-model/model.hpp"

namespace ixyflow::test {

/// A software 82599 in this process, served by a thread of its own.
class SoftwareCard {
 public:
  /// `wire`: see ixgbe-model. Throws std::runtime_error when it cannot be made.
  explicit SoftwareCard(const std::string& wire);
  ~SoftwareCard();
  SoftwareCard(const SoftwareCard&) = delete;
  SoftwareCard& operator=(const SoftwareCard&) = delete;

  /// What a port is told: "vfio-user:/path".
  [[nodiscard]] std::string device() const;
  /// Has the card do something, "link down"; throws when it does not know it.
  void command(const std::string& text);

 private:
  TemporaryFolder folder_;
  std::unique_ptr<model::Model> model_;
  std::jthread thread_;
};

/// How long anything may take on a busy machine: a bound, never a measure.
inline constexpr auto kPatience = std::chrono::seconds(60);

/// How often something is done over and over: `few` times, or as often as IXYFLOW_ENDURANCE says if it says
/// something ("full" stands for `many`).
std::size_t times(std::size_t few, std::size_t many);

}  // namespace ixyflow::test
