#pragma once
// How a client checks whom it talks to. A value; any thread, `expect_usable` the loop's.
#include <string>

namespace hassette::net {

struct TlsOptions {
  /// Check the certificate's chain, dates and host name; false accepts any certificate.
  bool verify = true;
  /// PEM file with the authorities to trust, beside the machine's own; empty: only the machine's.
  std::string ca_file;

  friend bool operator==(const TlsOptions&, const TlsOptions&) = default;
};

/// Throws the NetError (kTls) that a client would which is to connect with them: the ca_file is not
/// there, or holds no certificate.
void expect_usable(const TlsOptions& options);

}  // namespace hassette::net
