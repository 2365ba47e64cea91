#include "build/initialisers.hpp"

#include <dlfcn.h>
#include <elf.h>
#include <fmt/core.h>
#include <link.h>

#include <unistd.h>
#include <bit>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <hassette/error.hpp>
#include <ios>
#include <type_traits>

namespace hassette::build {

namespace {

using Tag = decltype(ElfW(Dyn)::d_tag);

// In the range that ELF leaves to systems, of which the dynamic linker knows neither.
constexpr Tag kDeferred = 0x6a5e7e01;
constexpr Tag kDeferredSize = 0x6a5e7e02;

// A shared library as it lies on the disk.
class LibraryFile {
 public:
  explicit LibraryFile(const std::filesystem::path& file)
      : name_(file.string()), stream_(file, std::ios::binary | std::ios::in | std::ios::out) {
    if (!stream_) fail("opened");
  }

  // False where the file ends before it.
  template <class T>
  bool read(std::uint64_t offset, T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    stream_.seekg(static_cast<std::streamoff>(offset));
    stream_.read(reinterpret_cast<char*>(&value), sizeof value);
    if (stream_) return true;
    if (stream_.bad()) fail("read");
    stream_.clear();
    return false;
  }

  template <class T>
  void write(std::uint64_t offset, const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    stream_.seekp(static_cast<std::streamoff>(offset));
    stream_.write(reinterpret_cast<const char*>(&value), sizeof value);
    if (!stream_.flush()) fail("written");
  }

 private:
  [[noreturn]] void fail(std::string_view what) const {
    throw Error("file", fmt::format("{} cannot be {}", name_, what));
  }

  std::string name_;
  std::fstream stream_;
};

// What the program was started with, which glibc gives to every initialiser.
struct Arguments {
  int count = 0;
  char** texts = nullptr;
};

Arguments& arguments() {
  static Arguments of_the_program;
  return of_the_program;
}

[[gnu::constructor]] void remember_arguments(int count, char** texts, char** /*environment*/) {
  arguments() = {.count = count, .texts = texts};
}

}  // namespace

void defer_initialisers(const std::filesystem::path& library) {
  LibraryFile file(library);
  ElfW(Ehdr) header;
  if (!file.read(0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_type != ET_DYN || header.e_phentsize != sizeof(ElfW(Phdr))) {
    return;
  }
  for (unsigned segment = 0; segment < header.e_phnum; ++segment) {
    ElfW(Phdr) part;
    if (!file.read(header.e_phoff + segment * sizeof part, part)) return;
    if (part.p_type != PT_DYNAMIC) continue;
    ElfW(Dyn) entry;
    for (std::uint64_t at = 0; at + sizeof entry <= part.p_filesz; at += sizeof entry) {
      if (!file.read(part.p_offset + at, entry) || entry.d_tag == DT_NULL) return;
      if (entry.d_tag != DT_INIT_ARRAY && entry.d_tag != DT_INIT_ARRAYSZ) continue;
      entry.d_tag = entry.d_tag == DT_INIT_ARRAY ? kDeferred : kDeferredSize;
      file.write(part.p_offset + at, entry);
    }
  }
}

// Many an initialiser takes fewer arguments than these, or none: that is the ABI's convention,
// which the check of function types does not know.
[[clang::no_sanitize("function")]] void run_initialisers(void* handle) {
  link_map* map = nullptr;
  if (::dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0 || map == nullptr) {
    throw Error("file", "the dynamic linker does not say where it put the app");
  }
  ElfW(Addr) offset = 0;
  std::size_t size = 0;
  for (const ElfW(Dyn)* entry = map->l_ld; entry->d_tag != DT_NULL; ++entry) {
    if (entry->d_tag == kDeferred) offset = entry->d_un.d_ptr;
    if (entry->d_tag == kDeferredSize) size = entry->d_un.d_val;
  }
  using Initialiser = void (*)(int, char**, char**);
  const Arguments& given = arguments();
  const auto* const list = std::bit_cast<const Initialiser*>(map->l_addr + offset);
  for (std::size_t i = 0; i < size / sizeof(Initialiser); ++i) {
    // Compilers leave 0 and -1 where there is nothing to run.
    const auto address = reinterpret_cast<std::uintptr_t>(list[i]);
    if (address != 0 && address != UINTPTR_MAX) list[i](given.count, given.texts, ::environ);
  }
}

}  // namespace hassette::build
