// Which sources make an app, as far as that is plain without compiling them.
#include "host/unnamed_apps.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "build/test_support.hpp"

namespace hassette::host {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Sources, make_an_app_wherever_the_macro_stands) {
  for (const char* source :
       {"HASSETTE_APP(Lamp)", "\t HASSETTE_APP (Lamp)\n",
        "namespace x { class Q : public App<> {}; HASSETTE_APP(Q) }",
        "// a comment\nHASSETTE_APP(Lamp)", "/* a comment */ HASSETTE_APP(Lamp)",
        "#ifdef DEMO\nHASSETTE_APP(Demo)\n#endif\n",
        "#if 0\nit's old\n#else\nHASSETTE_APP(Lamp)\n#endif\n",
        "#if 0\n#if 1\n#endif\n#endif\nHASSETTE_APP(Lamp)",
        "const char* text = \"// no comment: \\\" /*\"; HASSETTE_APP(Lamp)",
        "const int n = 1'000; char c = '\"'; HASSETTE_APP(Lamp)",
        "const char* text = R\"x(\" /* )\" )x\"; HASSETTE_APP(Lamp)", "HASSETTE_\\\nAPP(Lamp)",
        "#endif\n#else\nHASSETTE_APP(Lamp)"}) {
    EXPECT_TRUE(makes_an_app(source)) << source;
  }
}

TEST(Sources, make_no_app_where_the_macro_is_not_compiled) {
  for (const char* source : {"",
                             "// HASSETTE_APP(Lamp)",
                             "// goes on \\\nHASSETTE_APP(Lamp)",
                             "/* HASSETTE_APP(Lamp) */",
                             "/*\nHASSETTE_APP(Lamp)\n*/",
                             "/* never ends\nHASSETTE_APP(Lamp)",
                             "#if 0\nHASSETTE_APP(Lamp)\n#endif\n",
                             " # if 0 // it's old\nHASSETTE_APP(Lamp)\n# endif",
                             "#if 0\n#ifdef X\n#else\nHASSETTE_APP(Lamp)\n#endif\n#endif",
                             "#if 1\n#else\nHASSETTE_APP(Lamp)\n#endif",
                             "#if true\n#elif 1\nHASSETTE_APP(Lamp)\n#endif",
                             "#define LAMP HASSETTE_APP(Lamp)",
                             "#define LAMP \\\r\nHASSETTE_APP(Lamp)",
                             "\"HASSETTE_APP(Lamp)\"",
                             "R\"(\nHASSETTE_APP(Lamp)\n)\"",
                             "R\"never ends",
                             "MY_HASSETTE_APP(Lamp)",
                             "HASSETTE_APPS(Lamp)",
                             "HASSETTE_APP",
                             "\"ends in \\"}) {
    EXPECT_FALSE(makes_an_app(source)) << source;
  }
}

TEST(Sources, are_the_files_of_a_folder_if_it_can_be_read) {
  const build::ScratchFolder folder(std::filesystem::temp_directory_path());
  build::write(folder.path() / "two.cpp", "");
  build::write(folder.path() / "one.cpp", "");
  build::write(folder.path() / "shared.hpp", "");
  build::write(folder.path() / "deeper.cpp" / "three.cpp", "");
  EXPECT_THAT(sources_in(folder.path()), ElementsAre("one.cpp", "two.cpp"));
  EXPECT_THAT(sources_in(folder.path() / "absent"), IsEmpty());
  EXPECT_THAT(sources_in(folder.path() / "one.cpp"), IsEmpty());
}

}  // namespace
}  // namespace hassette::host
