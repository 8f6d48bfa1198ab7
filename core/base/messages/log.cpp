#include "core/base/messages/log.hpp"

#include <spdlog/details/os.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <cstdlib>
#include <limits>
#include <memory>
#include <mutex>
#include <string>

#include "core/base/diagnostics.hpp"
#include "core/base/messages/standard_error.hpp"

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

/// The escape sequence by which a terminal shows the level.
std::string_view colour_of(spdlog::level::level_enum level) noexcept {
  switch (level) {
    case spdlog::level::debug:
      return "\x1b[36m";
    case spdlog::level::info:
      return "\x1b[32m";
    case spdlog::level::warn:
      return "\x1b[33m\x1b[1m";
    default:
      return "\x1b[31m\x1b[1m";
  }
}

/// The way that everything goes which is said on the standard error.
class StandardErrorSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit StandardErrorSink(bool colours) : colours_(colours) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t formatted;
    formatter_->format(message, formatted);
    std::string line(formatted.data(), formatted.size());
    if (colours_) {
      line.insert(message.color_range_end, "\x1b[m");
      line.insert(message.color_range_start, colour_of(message.level));
    }
    write_standard_error(line);
  }
  void flush_() override {}

  bool colours_;
};

std::shared_ptr<spdlog::logger> make_logger() {
  const char* no_color = std::getenv("NO_COLOR");
  const bool plain = no_color != nullptr && *no_color != '\0';
  auto sink = std::make_shared<StandardErrorSink>(!plain && ::isatty(STDERR_FILENO) == 1 &&
                                                  spdlog::details::os::is_color_terminal());
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
