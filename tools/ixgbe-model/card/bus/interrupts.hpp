#pragma once

#include <cstdint>

namespace ixyflow::model {

/// How the device calls its driver. The server knows which kind the driver has set up. Model thread only.
class Interrupts {
 public:
  enum class Kind : std::uint8_t { none, intx, msi, msix };
  virtual ~Interrupts() = default;

  [[nodiscard]] virtual Kind kind() const noexcept = 0;
  /// Signals MSI-X or MSI vector `vector` (0 for INTx); nothing when the driver has not asked for it.
  virtual void raise(unsigned vector) noexcept = 0;
};

}  // namespace ixyflow::model
