#include "sim/template.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "json/parse.hpp"
#include "sim/home.hpp"
#include "sim/template_values.hpp"
#include "time/iso8601.hpp"

namespace hassette::sim {

namespace {

using Kind = Expression::Kind;

Json instant(Home& home, TimePoint moment, bool utc) {
  const LocalTime local = (utc ? time::Zone::utc() : home.zone()).to_local(moment);
  Json made = Json::object({{std::string(kInstant), true}});
  made["year"] = local.year;
  made["month"] = local.month;
  made["day"] = local.day;
  made["hour"] = local.hour;
  made["minute"] = local.minute;
  made["second"] = local.second;
  made["timestamp"] = epoch_seconds(moment);
  made["isoformat"] = iso_text(moment);
  made["weekday"] = static_cast<int>(local.weekday().iso_encoding()) - 1;
  return made;
}

Json state_object(const State& state) {
  const std::string& id = state.entity_id();
  return Json::object({{"entity_id", id},
                       {"state", state.state()},
                       {"attributes", state.attributes()},
                       {"domain", state.domain()},
                       {"object_id", id.substr(id.find('.') + 1)},
                       {"name", state.attributes()["friendly_name"]},
                       {"last_changed", iso_text(state.last_changed())},
                       {"last_updated", iso_text(state.last_updated())}});
}

class Evaluation {
 public:
  Evaluation(Home& home, std::string_view source, const Json& variables, Rendered& rendered)
      : home_(home),
        source_(source),
        variables_(variables.is_object() ? variables : Json::object()),
        out_(rendered) {}

  void print(const std::vector<Piece>& pieces) {
    for (const Piece& piece : pieces) {
      switch (piece.kind) {
        case Piece::Kind::kText:
          out_.text += piece.text;
          break;
        case Piece::Kind::kOutput:
          out_.text += printed(value(piece.expression));
          break;
        case Piece::Kind::kSet:
          variables_[piece.text] = value(piece.expression);
          break;
        case Piece::Kind::kIf:
          print(truth(value(piece.expression)) ? piece.then : piece.otherwise);
          break;
      }
    }
  }

 private:
  Json value(const Expression& e) {
    switch (e.kind) {
      case Kind::kValue:
        return e.value;
      case Kind::kName:
        return std::as_const(variables_)[e.text];
      case Kind::kAttribute:
        return attribute(e);
      case Kind::kItem:
        return item(value(e.parts[0]), value(e.parts[1]));
      case Kind::kCall:
        return call(e);
      case Kind::kFilter:
        return function(e.text, arguments(e, 0));
      case Kind::kTest:
        return test(e.text, value(e.parts[0]));
      case Kind::kChoice:
        return truth(value(e.parts[1])) ? value(e.parts[0]) : value(e.parts[2]);
      case Kind::kUnary:
        if (e.text == "not") return !truth(value(e.parts[0]));
        return arithmetic("-", Json(0), value(e.parts[0]));
      case Kind::kBinary:
        return binary(e);
      case Kind::kList:
        return Json(arguments(e, 0));
    }
    return {};
  }

  Json binary(const Expression& e) {
    const Json left = value(e.parts[0]);
    if (e.text == "and") return truth(left) ? value(e.parts[1]) : left;
    if (e.text == "or") return truth(left) ? left : value(e.parts[1]);
    const Json right = value(e.parts[1]);
    static constexpr std::string_view kArithmetic = "+ - * / // % ** ~";
    const bool computes = kArithmetic.find(e.text) != std::string_view::npos;
    return computes ? arithmetic(e.text, left, right) : Json(compared(e.text, left, right));
  }

  Json::Array arguments(const Expression& e, std::size_t from) {
    Json::Array values;
    for (std::size_t i = from; i < e.parts.size(); ++i) values.push_back(value(e.parts[i]));
    return values;
  }

  static Json item(const Json& whole, const Json& key) {
    if (key.is_string()) return whole[key.as_string()];
    const auto index = key.get<std::int64_t>().value_or(0);
    const auto size = static_cast<std::int64_t>(whole.size());
    return whole.at(static_cast<std::size_t>(index < 0 ? index + size : index));
  }

  // `states.light.hall` is the entity; anything else a member.
  Json attribute(const Expression& e) {
    const Expression& inner = e.parts[0];
    const bool of_states = inner.kind == Kind::kAttribute && inner.parts[0].kind == Kind::kName &&
                           inner.parts[0].text == "states";
    is_missing_ = false;
    if (of_states) {
      const std::string entity_id = inner.text + '.' + e.text;
      const StatePtr& state = look_at(entity_id);
      return state ? state_object(*state) : Json();
    }
    if (inner.kind == Kind::kName && inner.text == "states") {
      Json list = Json::array();
      out_.domains.insert(e.text);
      home_.states().for_each([&](const StatePtr& state) {
        if (state->domain() == e.text) list.push_back(state_object(*state));
      });
      return list;
    }
    const Json whole = value(inner);
    // A dictionary without the key gives what has no members at all, unlike None.
    if (inner.kind == Kind::kAttribute && is_missing_) {
      throw TemplateFailure{"UndefinedError",
                            "'dict object' has no attribute '" + inner.text + "'"};
    }
    is_missing_ = whole.is_object() && !whole.contains(e.text);
    return whole[e.text];
  }

  Json call(const Expression& e) {
    const Expression& callee = e.parts[0];
    if (callee.kind == Kind::kName) return function(callee.text, arguments(e, 1));
    return value(callee);  // a method without arguments: its value stands under its name
  }

  const StatePtr& look_at(const std::string& entity_id) {
    out_.entities.insert(entity_id);
    return home_.state(entity_id);
  }

  static bool test(const std::string& name, const Json& value) {
    if (name == "none") return value.is_null();
    if (name == "defined") return !value.is_null();
    if (name == "undefined") return value.is_null();
    if (name == "number") return value.is_number();
    if (name == "string") return value.is_string();
    throw TemplateFailure{"TemplateAssertionError", "No test named '" + name + "'."};
  }

  Json about_state(const std::string& name, const Json::Array& given) {
    const std::string entity_id = given.empty() ? "" : printed(given[0]);
    const StatePtr& state = look_at(entity_id);
    const Json wanted = given.size() > 1 ? given[1] : Json();
    if (name == "states") return state ? Json(state->state()) : Json("unknown");
    if (name == "has_value") {
      return state && state->state() != "unknown" && state->state() != "unavailable";
    }
    if (name == "is_state") {
      return state && (wanted.is_array() ? contains(wanted, Json(state->state()))
                                         : Json(state->state()) == wanted);
    }
    Json found = state ? state->attributes()[printed(wanted)] : Json();
    if (name == "state_attr") return found;
    return found == (given.size() > 2 ? given[2] : Json());
  }

  Json to_number(const std::string& name, const Json::Array& given) {
    const auto number = given.empty() ? std::nullopt : number_of(given[0]);
    // Of what is not finite Python makes no int.
    if (number && name == "int" && std::isfinite(*number)) return whole_json(std::trunc(*number));
    if (number && name == "float") return *number;
    if (given.size() > 1) return given[1];
    throw TemplateFailure{"ValueError", "Template error: " + name + " got invalid input '" +
                                            (given.empty() ? "" : printed(given[0])) +
                                            "' when rendering template '" + std::string(source_) +
                                            "' but no default was specified"};
  }

  static Json on_text(const std::string& name, std::string text) {
    std::ranges::transform(text, text.begin(), [&](unsigned char c) {
      return static_cast<char>(name == "upper" ? std::toupper(c) : std::tolower(c));
    });
    if (name == "title" && !text.empty()) {
      text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
    }
    return text;
  }

  static Json extreme(const std::string& name, Json::Array given) {
    if (given.size() == 1 && given[0].is_array()) given = Json::Array(given[0].as_array());
    if (given.empty()) fail_type(name + "() arg is an empty sequence");
    const auto less = [](const Json& a, const Json& b) { return compared("<", a, b); };
    return name == "min" ? *std::ranges::min_element(given, less)
                         : *std::ranges::max_element(given, less);
  }

  Json function(const std::string& name, const Json::Array& given) {
    Json first = given.empty() ? Json() : given[0];
    const bool about = name == "states" || name == "is_state" || name == "state_attr" ||
                       name == "is_state_attr" || name == "has_value";
    if (about) return about_state(name, given);
    if (name == "now" || name == "utcnow") {
      out_.time = true;
      return instant(home_, home_.now(), name == "utcnow");
    }
    if (name == "float" || name == "int") return to_number(name, given);
    if (name == "bool") return truth(first);
    if (name == "is_number") return number_of(first).has_value();
    if (name == "round") {
      return rounded(first, given.size() > 1 ? number_of(given[1]).value_or(0) : 0);
    }
    if (name == "abs") return std::abs(number_of(first).value_or(0));
    if (name == "min" || name == "max") return extreme(name, given);
    if (name == "iif") {
      if (truth(first)) return given.size() > 1 ? given[1] : Json(true);
      return given.size() > 2 ? given[2] : Json(false);
    }
    if (name == "default" || name == "d") {
      return first.is_null() && given.size() > 1 ? given[1] : first;
    }
    if (name == "length" || name == "count") {
      return first.is_string() ? first.as_string().size() : first.size();
    }
    if (name == "list") return first;
    if (name == "string") return printed(first);
    if (name == "upper" || name == "lower" || name == "title") return on_text(name, printed(first));
    if (name == "to_json" || name == "tojson") return first.dump();
    if (name == "join") return joined(first, given.size() > 1 ? printed(given[1]) : "");
    throw TemplateFailure{"UndefinedError", "'" + name + "' is undefined"};
  }

  static Json joined(const Json& list, const std::string& between) {
    std::string text;
    for (std::size_t i = 0; i < list.size(); ++i) {
      text += (i == 0 ? "" : between) + printed(list.at(i));
    }
    return text;
  }

  Home& home_;
  std::string_view source_;
  Json variables_;
  Rendered& out_;
  bool is_missing_ = false;  // the member that was asked for last
};

}  // namespace

Json Rendered::native() const {
  if (text == "True" || text == "False") return text == "True";
  if (text == "None") return nullptr;
  const bool zero_first = text.size() > 1 && text[0] == '0' && text[1] != '.';
  const bool plain =
      !text.empty() && text.find_first_not_of("0123456789.-eE+") == std::string::npos;
  if (plain && !zero_first && text[0] != '+') {
    if (const auto number = json::parse(text)) return *number;
  }
  if (text.starts_with('[') || text.starts_with('{')) {
    std::string quoted = text;
    std::ranges::replace(quoted, '\'', '"');
    if (const auto value = json::parse(quoted)) return *value;
  }
  return text;
}

Json Rendered::listeners() const {
  Json ids = Json::array();
  for (const std::string& id : entities) ids.push_back(id);
  Json names = Json::array();
  for (const std::string& name : domains) names.push_back(name);
  return Json::object({{"all", all}, {"entities", ids}, {"domains", names}, {"time", time}});
}

Rendered render_template(Home& home, std::string_view source, const Json& variables) {
  const std::vector<Piece> pieces = parse_template(source);
  Rendered rendered;
  Evaluation(home, source, variables, rendered).print(pieces);
  std::string& text = rendered.text;
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.pop_back();
  text.erase(0, std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  return rendered;
}

Json render_inside(Home& home, const Json& value, const Json& variables) {
  if (value.is_string() && looks_like_template(value.as_string())) {
    return render_template(home, value.as_string(), variables).native();
  }
  if (value.is_array()) {
    Json made = Json::array();
    for (const Json& item : value.as_array()) made.push_back(render_inside(home, item, variables));
    return made;
  }
  if (value.is_object()) {
    Json made = Json::object();
    for (const auto& [key, item] : value.as_object())
      made[key] = render_inside(home, item, variables);
    return made;
  }
  return value;
}

}  // namespace hassette::sim
