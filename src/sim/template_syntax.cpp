#include "sim/template_syntax.hpp"

#include <array>
#include <cctype>
#include <charconv>

#include "sim/schema.hpp"

namespace hassette::sim {

namespace {

using Kind = Expression::Kind;

[[noreturn]] void fail(std::string message) {
  throw TemplateFailure{"TemplateSyntaxError", std::move(message)};
}

constexpr int kDeepest = 300;  // each "(" counts three times
constexpr int kMostJoins = 1000;
constexpr int kMostBranches = 200;

bool word_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}

// One expression of the template, from its text. `within` names what an end would cut short.
class ExpressionParser {
 public:
  ExpressionParser(std::string_view text, bool closed, std::string within)
      : rest_(text), closed_(closed), within_(std::move(within)) {}

  Expression whole() {
    Expression parsed = choice();
    skip();
    if (!rest_.empty()) fail("expected token 'end of print statement', got '" + token() + "'");
    if (!closed_) fail("unexpected end of template, expected '" + within_ + "'.");
    return parsed;
  }

 private:
  void skip() {
    while (!rest_.empty() && std::isspace(static_cast<unsigned char>(rest_.front()))) {
      rest_.remove_prefix(1);
    }
  }

  std::string token() const {
    std::size_t size = 1;
    while (size < rest_.size() && word_character(rest_[0]) && word_character(rest_[size])) ++size;
    return std::string(rest_.substr(0, size));
  }

  bool take(std::string_view symbol) {
    skip();
    if (!rest_.starts_with(symbol)) return false;
    const bool word = word_character(symbol.back());
    if (word && rest_.size() > symbol.size() && word_character(rest_[symbol.size()])) return false;
    rest_.remove_prefix(symbol.size());
    return true;
  }

  void expect(std::string_view symbol) {
    if (!take(symbol)) fail("expected token '" + std::string(symbol) + "', got '" + token() + "'");
  }

  std::string name() {
    skip();
    std::size_t size = 0;
    while (size < rest_.size() && word_character(rest_[size])) ++size;
    if (size == 0) {
      if (rest_.empty())
        fail(closed_ ? "Expected an expression, got 'end of print statement'"
                     : "unexpected end of template, expected '" + within_ + "'.");
      fail("unexpected '" + std::string(rest_.substr(0, 1)) + "'");
    }
    const std::string text(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return text;
  }

  // What nests may nest for ever; Python's stack has an end, too.
  class Deeper {
   public:
    explicit Deeper(int& depth) : depth_(depth) {
      if (depth_ >= kDeepest) fail("too deeply nested");
      ++depth_;
    }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;
    ~Deeper() { --depth_; }
    int& depth_;
  };

  static Expression node(Kind kind, std::string text, std::vector<Expression> parts) {
    return {kind, std::move(text), {}, std::move(parts)};
  }
  Expression join(Kind kind, std::string text, Expression left) {
    if (++joins_ > kMostJoins) fail("too long an expression");
    std::vector<Expression> parts;
    parts.push_back(std::move(left));
    return node(kind, std::move(text), std::move(parts));
  }
  Expression join(Kind kind, std::string text, Expression left, Expression right) {
    Expression made = join(kind, std::move(text), std::move(left));
    made.parts.push_back(std::move(right));
    return made;
  }

  Expression choice() {
    const Deeper here(depth_);
    Expression value = either();
    if (!take("if")) return value;
    Expression made = join(Kind::kChoice, "", std::move(value), either());
    made.parts.push_back(take("else") ? choice() : Expression{Kind::kValue, {}, Json(""), {}});
    return made;
  }

  Expression either() {
    Expression left = both();
    while (take("or")) left = join(Kind::kBinary, "or", std::move(left), both());
    return left;
  }

  Expression both() {
    Expression left = negation();
    while (take("and")) left = join(Kind::kBinary, "and", std::move(left), negation());
    return left;
  }

  Expression negation() {
    const Deeper here(depth_);
    if (take("not")) return join(Kind::kUnary, "not", negation());
    return comparison();
  }

  Expression comparison() {
    Expression left = sum();
    static constexpr std::array<std::string_view, 8> kSymbols = {
        "==", "!=", "<=", ">=", "<", ">", "in", "not in"};
    for (bool found = true; found;) {
      found = false;
      for (const std::string_view symbol : kSymbols) {
        if (!take(symbol)) continue;
        left = join(Kind::kBinary, std::string(symbol), std::move(left), sum());
        found = true;
        break;
      }
    }
    return left;
  }

  Expression sum() {
    Expression left = product();
    for (;;) {
      if (take("+"))
        left = join(Kind::kBinary, "+", std::move(left), product());
      else if (take("-"))
        left = join(Kind::kBinary, "-", std::move(left), product());
      else if (take("~"))
        left = join(Kind::kBinary, "~", std::move(left), product());
      else
        return left;
    }
  }

  Expression product() {
    Expression left = unary();
    for (;;) {
      if (take("**"))
        left = join(Kind::kBinary, "**", std::move(left), unary());
      else if (take("*"))
        left = join(Kind::kBinary, "*", std::move(left), unary());
      else if (take("//"))
        left = join(Kind::kBinary, "//", std::move(left), unary());
      else if (take("/"))
        left = join(Kind::kBinary, "/", std::move(left), unary());
      else if (take("%"))
        left = join(Kind::kBinary, "%", std::move(left), unary());
      else
        return left;
    }
  }

  Expression unary() {
    const Deeper here(depth_);
    if (take("-")) return join(Kind::kUnary, "-", unary());
    return postfix(primary());
  }

  void arguments(Expression& into) {
    while (!take(")")) {
      // A name before `=` is a keyword; the few that matter stand in their usual place.
      into.parts.push_back(choice());
      if (take("=")) into.parts.back() = choice();
      if (!take(",")) {
        expect(")");
        break;
      }
    }
  }

  Expression postfix(Expression value) {
    for (;;) {
      if (take(".")) {
        value = join(Kind::kAttribute, name(), std::move(value));
      } else if (take("[")) {
        value = join(Kind::kItem, "", std::move(value), choice());
        expect("]");
      } else if (take("(")) {
        value = join(Kind::kCall, "", std::move(value));
        arguments(value);
      } else if (take("|")) {
        value = join(Kind::kFilter, name(), std::move(value));
        if (take("(")) arguments(value);
      } else if (take("is not")) {
        value = join(Kind::kUnary, "not", join(Kind::kTest, name(), std::move(value)));
      } else if (take("is")) {
        value = join(Kind::kTest, name(), std::move(value));
      } else {
        return value;
      }
    }
  }

  Expression text_literal(char quote) {
    std::string text;
    while (!rest_.empty() && rest_.front() != quote) {
      if (rest_.front() == '\\' && rest_.size() > 1) rest_.remove_prefix(1);
      text += rest_.front();
      rest_.remove_prefix(1);
    }
    if (rest_.empty()) fail("unexpected char '" + std::string(1, quote) + "'");
    rest_.remove_prefix(1);
    return {Kind::kValue, {}, Json(text), {}};
  }

  Expression number_literal() {
    double value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    const auto size = static_cast<std::size_t>(end - rest_.data());
    const bool whole = rest_.substr(0, size).find_first_of(".eE") == std::string_view::npos;
    rest_.remove_prefix(size);
    const auto integer = whole ? to_whole(value) : std::nullopt;
    return {Kind::kValue, {}, integer ? Json(*integer) : Json(value), {}};
  }

  Expression primary() {
    skip();
    if (!rest_.empty() && std::isdigit(static_cast<unsigned char>(rest_.front())))
      return number_literal();
    if (take("'")) return text_literal('\'');
    if (take("\"")) return text_literal('"');
    if (take("(")) {
      Expression inner = choice();
      expect(")");
      return inner;
    }
    if (take("[")) {
      Expression list{Kind::kList, {}, {}, {}};
      while (!take("]")) {
        list.parts.push_back(choice());
        if (!take(",")) {
          expect("]");
          break;
        }
      }
      return list;
    }
    std::string word = name();
    if (word == "true" || word == "True") return {Kind::kValue, {}, Json(true), {}};
    if (word == "false" || word == "False") return {Kind::kValue, {}, Json(false), {}};
    if (word == "none" || word == "None") return {Kind::kValue, {}, Json(), {}};
    return {Kind::kName, std::move(word), {}, {}};
  }

  std::string_view rest_;
  bool closed_;
  std::string within_;
  int depth_ = 0;
  int joins_ = 0;
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())))
    text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())))
    text.remove_suffix(1);
  return text;
}

class TemplateParser {
 public:
  explicit TemplateParser(std::string_view source) : rest_(source) {}

  // Up to a tag that ends the block, which is left in `ended_by`.
  std::vector<Piece> pieces(std::string& ended_by) {
    std::vector<Piece> made;
    while (!rest_.empty()) {
      const std::size_t open = rest_.find('{');
      const bool special =
          open != std::string_view::npos && open + 1 < rest_.size() &&
          (rest_[open + 1] == '{' || rest_[open + 1] == '%' || rest_[open + 1] == '#');
      if (!special) {
        const std::size_t size = open == std::string_view::npos ? rest_.size() : open + 1;
        add_text(made, rest_.substr(0, size));
        rest_.remove_prefix(size);
        continue;
      }
      add_text(made, rest_.substr(0, open));
      const char kind = rest_[open + 1];
      rest_.remove_prefix(open + 2);
      const std::string_view close = kind == '{' ? "}}" : kind == '%' ? "%}" : "#}";
      const std::size_t end = rest_.find(close);
      const bool closed = end != std::string_view::npos;
      std::string_view body = rest_.substr(0, end);
      rest_.remove_prefix(closed ? end + 2 : rest_.size());
      if (kind == '#') continue;
      if (body.starts_with('-')) body.remove_prefix(1);
      if (body.ends_with('-')) body.remove_suffix(1);
      if (kind == '{') {
        Piece output{Piece::Kind::kOutput, {}, {}, {}, {}};
        output.expression = ExpressionParser(body, closed, "end of print statement").whole();
        made.push_back(std::move(output));
      } else if (!tag(trimmed(body), made, ended_by)) {
        return made;
      }
    }
    return made;
  }

 private:
  static void add_text(std::vector<Piece>& made, std::string_view text) {
    if (!text.empty()) made.push_back({Piece::Kind::kText, std::string(text), {}, {}, {}});
  }

  static Expression expression(std::string_view text) {
    return ExpressionParser(text, true, "end of statement block").whole();
  }

  // False where the tag ends the block that is being read.
  bool tag(std::string_view body, std::vector<Piece>& made, std::string& ended_by) {
    const std::size_t space = body.find(' ');
    const std::string word(body.substr(0, space));
    const std::string_view argument =
        space == std::string_view::npos ? std::string_view() : trimmed(body.substr(space));
    if (word == "endif" || word == "else" || word == "elif") {
      ended_by = std::string(body);
      return false;
    }
    if (word == "set") {
      const std::size_t equals = argument.find('=');
      if (equals == std::string_view::npos) fail("expected token 'assign'");
      made.push_back({Piece::Kind::kSet,
                      std::string(trimmed(argument.substr(0, equals))),
                      expression(argument.substr(equals + 1)),
                      {},
                      {}});
      return true;
    }
    if (word != "if") fail("Encountered unknown tag '" + word + "'.");
    made.push_back(branch(argument));
    return true;
  }

  Piece branch(std::string_view condition) {
    if (++branches_ > kMostBranches) fail("too many branches");
    Piece made{Piece::Kind::kIf, {}, expression(condition), {}, {}};
    std::string ended_by;
    made.then = pieces(ended_by);
    if (ended_by.starts_with("elif")) {
      made.otherwise.push_back(branch(std::string_view(ended_by).substr(4)));
      return made;
    }
    if (ended_by == "else") {
      ended_by.clear();
      made.otherwise = pieces(ended_by);
    }
    if (ended_by != "endif") fail("Unexpected end of template.");
    return made;
  }

  std::string_view rest_;
  int branches_ = 0;
};

}  // namespace

std::vector<Piece> parse_template(std::string_view source) {
  std::string ended_by;
  std::vector<Piece> pieces = TemplateParser(source).pieces(ended_by);
  if (!ended_by.empty()) fail("Encountered unknown tag '" + ended_by + "'.");
  return pieces;
}

bool looks_like_template(std::string_view text) {
  return text.find("{{") != std::string_view::npos || text.find("{%") != std::string_view::npos;
}

}  // namespace hassette::sim
