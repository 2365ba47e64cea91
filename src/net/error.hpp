#pragma once
// NetError: what the network did wrong, in a kind to act upon and a sentence to show.
//
// A value; any thread. Thrown by every awaited operation of this layer. `code()` is the kind's
// word, "net_refused" for instance; `what()` begins with the address that it concerns.
#include <cstdint>
#include <string>
#include <string_view>

#include <hassette/error.hpp>

namespace hassette::net {

enum class NetFault : std::uint8_t {
  kResolve,   ///< the host name has no address, or no name server answers
  kRefused,   ///< nothing listens there, or the way there is closed
  kTimeout,   ///< no answer within the deadline
  kTls,       ///< no agreement on encryption, or the certificate is not to be trusted
  kTooEarly,  ///< the certificate will be valid later, as this machine's clock has it
  kClosed,    ///< the connection ended; by the peer, on the way, or by this side's `abort`
  kProtocol,  ///< the peer sent what the protocol does not allow
  kTooLarge,  ///< a message or a body over the limit
  kHttp,      ///< an HTTP status other than the one that was needed; see `http_status()`
  kOther,
};
std::string_view to_string(NetFault kind) noexcept;

class [[gnu::visibility("default")]] NetError : public Error {
 public:
  NetError(NetFault kind, std::string message, std::string context = {}, int http_status = 0);
  NetError(const NetError&) = default;
  NetError(NetError&&) noexcept = default;
  NetError& operator=(const NetError&) = default;
  NetError& operator=(NetError&&) noexcept = default;
  ~NetError() override;

  NetFault kind() const noexcept { return kind_; }
  /// The status of the answer where `kind()` is kHttp, else 0.
  int http_status() const noexcept { return http_status_; }

 private:
  NetFault kind_;
  int http_status_;
};

}  // namespace hassette::net
