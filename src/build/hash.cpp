#include "build/hash.hpp"

#include <fmt/core.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <hassette/error.hpp>
#include <iterator>
#include <system_error>
#include <vector>

namespace hassette::build {

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw Error("hash", "OpenSSL cannot compute SHA-256");
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(std::size_t{size} * 2);
  for (unsigned int i = 0; i < size; ++i) {
    text += kDigits[digest[i] >> 4];
    text += kDigits[digest[i] & 0xF];
  }
  return text;
}

std::string read_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    throw Error("file", fmt::format("cannot read {}: {}", file.string(),
                                    std::generic_category().message(errno)));
  }
  std::string bytes(std::istreambuf_iterator<char>(stream), {});
  if (stream.bad()) throw Error("file", fmt::format("cannot read {} to its end", file.string()));
  return bytes;
}

std::string hash_headers(const std::filesystem::path& include_dir) {
  // The folder may be a link, which CMake's listing follows too.
  const auto root = std::filesystem::canonical(include_dir / "hassette");
  std::vector<std::string> headers;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".hpp" || !entry.is_regular_file()) continue;
    headers.push_back(entry.path().lexically_relative(root).generic_string());
  }
  std::ranges::sort(headers);
  std::string listing;
  for (const std::string& header : headers) {
    listing += fmt::format("{}:{}\n", header, sha256(read_file(root / header)));
  }
  return sha256(listing).substr(0, 16);
}

}  // namespace hassette::build
