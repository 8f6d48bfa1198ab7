#pragma once

#include <optional>

namespace ixyflow {

class Worker;

/// Writes one report on stderr; `address` is where the fault was, of a signal that is one. Async-signal-safe:
/// allocates nothing and calls nothing but the kernel; packets that cannot be read are passed over.
void write_crash_report(const Worker& worker, const char* signal,
                        std::optional<const void*> address) noexcept;

/// The same for an exception that ends the process; `text` is what it says.
void write_terminate_report(const Worker& worker, const char* text) noexcept;

/// The same of the control thread, in the code of `owner`: "view 'flows.top'".
void write_crash_report(const char* owner, const char* signal, std::optional<const void*> address) noexcept;
void write_terminate_report(const char* owner, const char* text) noexcept;
/// That code does not come back.
void write_hang_report(const char* owner) noexcept;

}  // namespace ixyflow
