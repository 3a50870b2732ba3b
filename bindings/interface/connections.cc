#include "bindings/interface/connections.h"

#include <vector>

struct bpi_fds {
  std::vector<int> numbers;
  std::vector<uint8_t> ready;  // as long as `numbers` after a wait
};

bp_status bpi_pipe_create(uint32_t one_way, uint32_t first_nonblocking, uint32_t second_nonblocking,
                          uint32_t max_message, bp_connection** first, bp_connection** second,
                          bp_error** error) {
  bp_pipe_options options;
  bp_pipe_options_init(&options, sizeof options);
  options.one_way = one_way;
  options.first_nonblocking = first_nonblocking;
  options.second_nonblocking = second_nonblocking;
  options.max_message = max_message;
  return bp_pipe_create(&options, first, second, error);
}

bp_status bpi_connection_from_fd(int32_t fd, uint32_t no_read, uint32_t no_write,
                                 uint32_t nonblocking, uint32_t max_message, bp_connection** out,
                                 bp_error** error) {
  bp_connection_options options;
  bp_connection_options_init(&options, sizeof options);
  options.no_read = no_read;
  options.no_write = no_write;
  options.nonblocking = nonblocking;
  options.max_message = max_message;
  return bp_connection_from_fd(fd, &options, out, error);
}

namespace {

// A key without bytes is a key, which the library refuses.
template <typename Options>
void SetKey(uint32_t has_key, const void* data, size_t size, Options* options) {
  if (has_key == 0) return;
  options->key = size == 0 ? "" : data;
  options->key_size = size;
}

}  // namespace

bp_status bpi_listener_open(const char* address, uint32_t family, uint32_t backlog,
                            uint32_t has_key, const void* data, size_t size,
                            int64_t handshake_timeout_ns, uint32_t max_pending, uint32_t any_user,
                            uint32_t max_message, bp_listener** out, bp_error** error) {
  bp_listener_options options;
  bp_listener_options_init(&options, sizeof options);
  options.family = family;
  options.backlog = backlog;
  SetKey(has_key, data, size, &options);
  options.handshake_timeout_ns = handshake_timeout_ns;
  options.max_pending = max_pending;
  options.any_user = any_user;
  options.max_message = max_message;
  return bp_listener_open(address, &options, out, error);
}

bp_status bpi_client_connect(const char* address, uint32_t family, uint32_t has_key,
                             const void* data, size_t size, uint32_t any_user,
                             int64_t time_limit_ns, uint32_t max_message, int64_t timeout_ns,
                             bp_interrupt* interrupt, bp_connection** out, bp_error** error) {
  bp_client_options options;
  bp_client_options_init(&options, sizeof options);
  options.family = family;
  SetKey(has_key, data, size, &options);
  options.any_user = any_user;
  options.time_limit_ns = time_limit_ns;
  options.max_message = max_message;
  return bp_client_connect(address, &options, timeout_ns, interrupt, out, error);
}

bpi_fds* bpi_fds_new(void) { return new bpi_fds; }

void bpi_fds_add(bpi_fds* fds, int32_t fd) { fds->numbers.push_back(fd); }

size_t bpi_fds_count(const bpi_fds* fds) { return fds->numbers.size(); }

int32_t bpi_fds_at(const bpi_fds* fds, size_t index) {
  return index < fds->numbers.size() ? fds->numbers[index] : -1;
}

void bpi_fds_free(bpi_fds* fds) { delete fds; }

bp_status bpi_connection_send_fds(bp_connection* connection, const void* data, size_t size,
                                  const bpi_fds* fds, int64_t timeout_ns, bp_interrupt* interrupt,
                                  bp_error** error) {
  return bp_connection_send_fds(connection, data, size, fds->numbers.data(), fds->numbers.size(),
                                timeout_ns, interrupt, error);
}

bp_status bpi_connection_recv_fds(bp_connection* connection, bpi_fds* fds, int64_t timeout_ns,
                                  bp_interrupt* interrupt, bp_buffer* out, bp_error** error) {
  int numbers[BP_PASSED_MAX];
  size_t count = 0;
  const bp_status status = bp_connection_recv_fds(connection, numbers, BP_PASSED_MAX, &count,
                                                  timeout_ns, interrupt, out, error);
  fds->numbers.assign(numbers, numbers + count);
  return status;
}

bp_status bpi_wait_readable(bpi_fds* fds, int64_t timeout_ns, bp_interrupt* interrupt,
                            bp_error** error) {
  const size_t count = fds->numbers.size();
  fds->ready.assign(count, 0);
  size_t ready_count = 0;
  return bp_wait_readable(fds->numbers.data(), count, timeout_ns, interrupt, fds->ready.data(),
                          &ready_count, error);
}

int32_t bpi_fds_ready(const bpi_fds* fds, size_t index) {
  return index < fds->ready.size() ? fds->ready[index] : 0;
}
