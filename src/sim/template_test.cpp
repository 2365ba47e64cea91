#include "sim/template.hpp"

#include "sim/test_home.hpp"

namespace hassette::sim {
namespace {

class Template : public HomeTest {
 public:
  Template() {
    home.write("sensor.t", "21.5", Json::object({{"unit", "°C"}, {"list", Json::array({1, 2})}}));
    home.write("light.k", "on", Json::object({{"brightness", 120}}));
  }
  Json native(const char* source) { return render_template(home, source).native(); }
  std::string failure(const char* source) {
    try {
      return "rendered: " + render_template(home, source).text;
    } catch (const TemplateFailure& error) {
      return error.text();
    }
  }
};

TEST_F(Template, gives_values_their_own_type) {
  EXPECT_EQ(native("{{ states('sensor.t') }}"), Json(21.5));
  EXPECT_EQ(native("{{ states('light.k') }}"), Json("on"));
  EXPECT_EQ(native("{{ is_state('light.k', 'on') }}"), Json(true));
  EXPECT_EQ(native("{{ state_attr('sensor.t', 'list') }}"), Json::array({1, 2}));
  EXPECT_EQ(native("{{ none }}"), Json());
  EXPECT_EQ(native("007"), Json("007"));
}

TEST_F(Template, comes_to_an_end_however_deep_it_is) {
  std::string members = "{{ none";
  for (int i = 0; i < 90; ++i) members += ".a";
  EXPECT_EQ(failure((members + " }}").c_str()), "rendered: None");
  for (int i = 0; i < 100'000; ++i) members += ".a";
  EXPECT_EQ(failure((members + " }}").c_str()), "TemplateSyntaxError: too long an expression");
  for (const char* deep : {"(", "[", "-", "not "}) {
    std::string source = "{{ ";
    for (int i = 0; i < 100'000; ++i) source += deep;
    EXPECT_EQ(failure((source + "1 }}").c_str()), "TemplateSyntaxError: too deeply nested") << deep;
  }
  std::string branches;
  for (int i = 0; i < 10'000; ++i) branches += "{% if true %}";
  EXPECT_EQ(failure(branches.c_str()), "TemplateSyntaxError: too many branches");
}

TEST_F(Template, calculates_and_compares_as_python_does) {
  EXPECT_EQ(native("{{ states('sensor.t') | float(0) * 2 }}"), Json(43.0));
  EXPECT_EQ(native("{{ 7 // 2 + 7 % 4 - 2 ** 3 }}"), Json(-2));
  EXPECT_EQ(native("{{ (1 + 2) * 3 > 8 and not false }}"), Json(true));
  EXPECT_EQ(native("{{ 'on' in ['on', 'off'] }}"), Json(true));
  EXPECT_EQ(native("{{ 1 / 0 if false else 'fine' }}"), Json("fine"));
  EXPECT_EQ(native("{{ 'x' | float(3) | round(1) }}"), Json(3.0));
  EXPECT_EQ(native("{{ now().year > 2000 }}"), Json(true));
  EXPECT_EQ(native("{{ states.light.k.attributes.brightness }}"), Json(120));
}

TEST_F(Template, takes_branches_and_variables) {
  EXPECT_EQ(
      render_template(home, "{% set x = 3 %}{% if x > 2 %}big{% else %}small{% endif %}!").text,
      "big!");
  EXPECT_EQ(render_template(home, "{{ n + 1 }}", Json::object({{"n", 4}})).text, "5");
}

TEST_F(Template, knows_what_it_depends_on) {
  const Rendered rendered = render_template(home, "{{ states('sensor.t') }} {{ now() }}");
  EXPECT_EQ(rendered.entities, std::set<std::string>{"sensor.t"});
  EXPECT_TRUE(rendered.time);
}

TEST_F(Template, names_its_mistakes_as_python_does) {
  EXPECT_EQ(failure("{{ 1 / 0 }}"), "ZeroDivisionError: division by zero");
  EXPECT_EQ(failure("{{ broken"),
            "TemplateSyntaxError: unexpected end of template, expected 'end of print statement'.");
  EXPECT_EQ(failure("{{ nonsense(1) }}"), "UndefinedError: 'nonsense' is undefined");
  EXPECT_EQ(failure("{% frob %}"), "TemplateSyntaxError: Encountered unknown tag 'frob'.");
  EXPECT_TRUE(
      failure("{{ states('light.k') | float }}").starts_with("ValueError: Template error: float"));
}

}  // namespace
}  // namespace hassette::sim
