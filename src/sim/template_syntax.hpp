// The grammar of the simulated home's templates: Jinja's expressions, `if` and `set`.
//
// Parsing gives a tree of plain nodes, owned by the caller; any thread. What is no template is
// thrown as TemplateFailure, in Jinja's words where clients see them.
#pragma once

#include <hassette/json.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hassette::sim {

struct TemplateFailure {
  std::string kind;  // Python's name of the exception: "TemplateSyntaxError", "ZeroDivisionError"
  std::string message;
  [[nodiscard]] std::string text() const { return kind + ": " + message; }
};

struct Expression {
  enum class Kind {
    kValue,      // value
    kName,       // text
    kAttribute,  // parts[0] . text
    kItem,       // parts[0] [ parts[1] ]
    kCall,       // parts[0] ( parts[1]… )
    kFilter,     // parts[0] | text ( parts[1]… )
    kTest,       // parts[0] is text
    kUnary,      // text parts[0]
    kBinary,     // parts[0] text parts[1]
    kChoice,     // parts[0] if parts[1] else parts[2]
    kList,       // parts
  };
  Kind kind = Kind::kValue;
  std::string text;
  Json value;
  std::vector<Expression> parts;
};

struct Piece {
  enum class Kind { kText, kOutput, kSet, kIf };
  Kind kind = Kind::kText;
  std::string text;  // the text, or the name that is set
  Expression expression;
  std::vector<Piece> then;
  std::vector<Piece> otherwise;
};

[[nodiscard]] std::vector<Piece> parse_template(std::string_view source);
[[nodiscard]] bool looks_like_template(std::string_view text);

}  // namespace hassette::sim
