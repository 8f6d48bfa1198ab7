#include "tools/ixyflow/control/results.hpp"

#include <nlohmann/json.hpp>

#include "tools/ixyflow/terminal/console.hpp"

namespace ixyflow::tools {
namespace {

using Json = nlohmann::ordered_json;

Json parsed(const std::string& result) {
  return Json::parse(result, nullptr, /*allow_exceptions=*/false);
}

std::string text_of(const Json& json) {
  return json.is_string() ? json.get<std::string>() : std::string();
}

}  // namespace

std::string json_pages(const std::string& result) {
  return parsed(result).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string json_text(const std::string& result) {
  return text_of(parsed(result));
}

std::vector<std::string> json_texts(const std::string& result) {
  std::vector<std::string> texts;
  const Json list = parsed(result);
  if (list.is_array())
    for (const Json& item : list) texts.push_back(text_of(item));
  return texts;
}

ExitCode show_error(const Error& error, Console& console) {
  console.error(error.text);
  return error.code;
}

}  // namespace ixyflow::tools
