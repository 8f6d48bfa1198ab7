#pragma once

#include <string>
#include <vector>

#include "core/base/exit_code.hpp"
#include "core/base/result.hpp"

namespace ixyflow::tools {

class Console;

// What commands do with the results of calls, which are JSON on one line. A result that has not the form that
// it should have gives empty texts.

/// The same on lines of their own.
std::string json_pages(const std::string& result);
/// The text that the result is.
std::string json_text(const std::string& result);
/// The texts of the list that the result is.
std::vector<std::string> json_texts(const std::string& result);

/// Shows the error; its exit code.
ExitCode show_error(const Error& error, Console& console);

}  // namespace ixyflow::tools
