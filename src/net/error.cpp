#include "net/error.hpp"

#include <utility>

namespace hassette::net {

std::string_view to_string(NetFault kind) noexcept {
  switch (kind) {
    case NetFault::kResolve:
      return "net_resolve";
    case NetFault::kRefused:
      return "net_refused";
    case NetFault::kTimeout:
      return "net_timeout";
    case NetFault::kTls:
      return "net_tls";
    case NetFault::kTooEarly:
      return "net_too_early";
    case NetFault::kClosed:
      return "net_closed";
    case NetFault::kProtocol:
      return "net_protocol";
    case NetFault::kTooLarge:
      return "net_too_large";
    case NetFault::kHttp:
      return "net_http";
    case NetFault::kOther:
      break;
  }
  return "net_other";
}

NetError::NetError(NetFault kind, std::string message, std::string context, int http_status)
    : Error(std::string(to_string(kind)), std::move(message), std::move(context)),
      kind_(kind),
      http_status_(http_status) {}

NetError::~NetError() = default;

}  // namespace hassette::net
