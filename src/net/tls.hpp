#pragma once
// How a client checks whom it talks to. A value; any thread.
#include <string>

namespace hassette::net {

struct TlsOptions {
  /// Check the certificate's chain, dates and host name; false accepts any certificate.
  bool verify = true;
  /// PEM file with the authorities to trust, beside the machine's own; empty: only the machine's.
  std::string ca_file;

  friend bool operator==(const TlsOptions&, const TlsOptions&) = default;
};

}  // namespace hassette::net
