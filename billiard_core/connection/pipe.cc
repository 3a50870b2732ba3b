#include "billiard_core/connection/pipe.h"

namespace billiard::connection {

absl::StatusOr<std::pair<std::unique_ptr<Connection>, std::unique_ptr<Connection>>> MakePipe(
    const PipeOptions& options) {
  auto streams = os::ByteStream::CreatePair();
  if (!streams.ok()) return streams.status();
  const ConnectionOptions first = {.writable = options.duplex,
                                   .blocking = options.first_blocks,
                                   .max_message = options.max_message};
  const ConnectionOptions second = {.readable = options.duplex,
                                    .blocking = options.second_blocks,
                                    .max_message = options.max_message};
  os::Fd first_fd = streams->first.Release();
  auto first_end = Connection::FromFd(&first_fd, first);
  if (!first_end.ok()) return first_end.status();
  os::Fd second_fd = streams->second.Release();
  auto second_end = Connection::FromFd(&second_fd, second);
  if (!second_end.ok()) return second_end.status();
  return std::make_pair(*std::move(first_end), *std::move(second_end));
}

}  // namespace billiard::connection
