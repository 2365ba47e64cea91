# Puts the page's files into the library, so that the program needs none beside it.
#
#   hassette_embed(LAYER FOLDER)
#
# makes a source with the files of FOLDER, as src/web/assets.hpp describes it, part of the layer. Style
# sheets, scripts and pictures get a path with a hash of what is in them, and index.html refers to them
# by it. The file is also the script that does this at build time.

if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(HASSETTE_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
  function(hassette_embed layer folder)
    file(GLOB files CONFIGURE_DEPENDS ${folder}/*.html ${folder}/*.css ${folder}/*.js ${folder}/*.svg)
    set(output ${CMAKE_BINARY_DIR}/generated/${layer}_assets.cpp)
    add_custom_command(OUTPUT ${output}
      COMMAND ${CMAKE_COMMAND} -DFOLDER=${folder} -DOUTPUT=${output} -P ${HASSETTE_EMBED_SCRIPT}
      DEPENDS ${files} ${HASSETTE_EMBED_SCRIPT}
      COMMENT "Embedding the page" VERBATIM)
    target_sources(hassette_${layer} PRIVATE ${output})
  endfunction()
  return()
endif()

set(TYPE_html "text/html; charset=utf-8")
set(TYPE_css "text/css; charset=utf-8")
set(TYPE_js "text/javascript; charset=utf-8")
set(TYPE_svg "image/svg+xml")

set(arrays "")
set(table "")
set(count 0)

function(add_asset path type hex)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
  string(REPEAT "0x..," 16 line)
  string(REGEX REPLACE "(${line})" "\\1\n" bytes "${bytes}")
  string(APPEND arrays "constexpr unsigned char kFile${count}[] = {\n${bytes}};\n")
  string(APPEND table "    Asset{\"${path}\", \"${type}\", text(kFile${count})},\n")
  math(EXPR count "${count} + 1")
  set(arrays "${arrays}" PARENT_SCOPE)
  set(table "${table}" PARENT_SCOPE)
  set(count ${count} PARENT_SCOPE)
endfunction()

file(READ ${FOLDER}/index.html page)
file(GLOB files LIST_DIRECTORIES false ${FOLDER}/*.css ${FOLDER}/*.js ${FOLDER}/*.svg)
foreach(file IN LISTS files)
  get_filename_component(name ${file} NAME)
  get_filename_component(extension ${file} LAST_EXT)
  string(SUBSTRING ${extension} 1 -1 extension)
  file(SHA256 ${file} hash)
  string(SUBSTRING ${hash} 0 16 hash)
  string(REPLACE "assets/${name}" "assets/${hash}.${extension}" page "${page}")
  file(READ ${file} hex HEX)
  add_asset("/assets/${hash}.${extension}" "${TYPE_${extension}}" "${hex}")
endforeach()
string(HEX "${page}" hex)
add_asset("/" "${TYPE_html}" "${hex}")

file(WRITE ${OUTPUT} "// Generated from the page's files by cmake/embed.cmake.
#include \"web/assets.hpp\"

#include <array>

namespace hassette::web {
namespace {
${arrays}
template <std::size_t N>
std::string_view text(const unsigned char (&bytes)[N]) {
  return {reinterpret_cast<const char*>(bytes), N};
}
}  // namespace

std::span<const Asset> assets() noexcept {
  static const std::array kAll{
${table}  };
  return kAll;
}

}  // namespace hassette::web
")
