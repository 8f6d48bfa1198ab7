#include "tests/tools/mistakes/case_file.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace ixyflow::test {
namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  std::istringstream stream{std::string(text)};
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// `text` with each \xNN as its byte.
std::string unescape(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("\\x")) {
      result += static_cast<char>(std::stoi(std::string(text.substr(i + 2, 2)), nullptr, 16));
      i += 3;
    } else {
      result += text[i];
    }
  }
  return result;
}

/// A text that is changed from its top to its end.
class EditedText {
 public:
  explicit EditedText(std::string_view base) : lines_(lines_of(base)) {}

  void apply(char sign, const std::string& line) {
    if (sign == '=') {
      if (!whole_) lines_.clear();
      whole_ = true;
      lines_.push_back(unescape(line));
    } else if (sign == '+' || sign == '*') {
      const std::size_t place = placed_ ? at_++ : lines_.size();
      lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(place), sign == '*' ? unescape(line) : line);
    } else {
      const auto found = std::find(lines_.begin() + static_cast<std::ptrdiff_t>(at_), lines_.end(), line);
      if (found == lines_.end()) throw std::runtime_error("the base has no such line: " + line);
      at_ = static_cast<std::size_t>(found - lines_.begin()) + (sign == ' ' ? 1 : 0);
      if (sign == '-') lines_.erase(found);
      placed_ = true;
    }
  }

  [[nodiscard]] std::string text() const {
    std::string text;
    for (const std::string& line : lines_) text += line + "\n";
    return text;
  }

 private:
  std::vector<std::string> lines_;
  std::size_t at_ = 0;
  bool placed_ = false;
  bool whole_ = false;
};

}  // namespace

std::vector<MistakeCase> read_cases(const std::filesystem::path& path, std::string_view base) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  std::vector<MistakeCase> cases;
  EditedText edited(base);
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.starts_with("## ")) {
      cases.push_back({line.substr(3), std::string(base), "", number});
      edited = EditedText(base);
    } else if (!cases.empty() && !line.empty() && cases.back().expected.empty() &&
               std::string_view("-+ *=").find(line[0]) != std::string_view::npos) {
      edited.apply(line[0], line.substr(1));
      cases.back().text = edited.text();
    } else if (!cases.empty() && !line.empty()) {
      cases.back().expected += line + "\n";
    }
  }
  return cases;
}

}  // namespace ixyflow::test
