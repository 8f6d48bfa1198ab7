#include "core/base/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include <cstdlib>
#include <limits>
#include <memory>

#include "core/base/diagnostics.hpp"

namespace ixyflow {
namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      break;
  }
  return spdlog::level::err;
}

std::shared_ptr<spdlog::logger> make_logger() {
  const char* no_color = std::getenv("NO_COLOR");
  const bool plain = no_color != nullptr && *no_color != '\0';
  auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>(plain ? spdlog::color_mode::never
                                                                          : spdlog::color_mode::automatic);
  auto logger = std::make_shared<spdlog::logger>("ixyflow", std::move(sink));
  logger->set_pattern("%^%l%$: %v");
  logger->set_level(spdlog::level::warn);
  // There is no better place for a complaint about a stderr that cannot be written to.
  logger->set_error_handler([](const std::string&) {});
  return logger;
}

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = make_logger();
  return *instance;
}

}  // namespace

void log(LogLevel level, std::string_view text) {
  if (!logger().should_log(spdlog_level(level))) return;
  std::string safe;
  while (true) {
    const std::size_t end = text.find('\n');
    safe += printable(text.substr(0, end), std::numeric_limits<std::size_t>::max());
    if (end == std::string_view::npos) break;
    safe += '\n';
    text.remove_prefix(end + 1);
  }
  logger().log(spdlog_level(level), spdlog::string_view_t(safe.data(), safe.size()));
}

void set_log_level(LogLevel lowest) {
  logger().set_level(spdlog_level(lowest));
}

}  // namespace ixyflow
