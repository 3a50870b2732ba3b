// gearmand with workers and a client of libgearman, all on this machine. The daemon is started for the run.
//   gearman_peer pool|apply [--workers=2] [--bytes=64] [--in_flight=256] [--seconds=0.3]
#include <libgearman-1.0/gearman.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "benchmarks/harness/arguments.h"
#include "benchmarks/harness/measure.h"
#include "benchmarks/harness/report.h"
#include "benchmarks/limit/bare.h"

namespace billiard::benchmarks {
namespace {

constexpr char kHost[] = "127.0.0.1";

// A port that was free a moment ago.
in_port_t FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  limit::Must(bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0, "bind");
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  close(fd);
  return ntohs(address.sin_port);
}

void* NoOp(gearman_job_st*, void*, size_t* size, gearman_return_t* result) {
  *size = 0;
  *result = GEARMAN_SUCCESS;
  return nullptr;
}

void Work(in_port_t port) {
  gearman_worker_st* const worker = gearman_worker_create(nullptr);
  gearman_worker_add_server(worker, kHost, port);
  gearman_worker_add_function(worker, "no-op", 0, NoOp, nullptr);
  for (;;) {
    if (gearman_worker_work(worker) != GEARMAN_SUCCESS)
      usleep(1000);  // the daemon is not there yet
  }
}

class JobClient {
 public:
  JobClient(in_port_t port, size_t bytes)
      : bytes_(bytes, 'x'), client_(gearman_client_create(nullptr)) {
    gearman_client_add_server(client_, kHost, port);
    while (gearman_client_echo(client_, "x", 1) != GEARMAN_SUCCESS) usleep(1000);
  }
  void Apply() {
    size_t size = 0;
    gearman_return_t result = GEARMAN_SUCCESS;
    free(
        gearman_client_do(client_, "no-op", nullptr, bytes_.data(), bytes_.size(), &size, &result));
    limit::Must(result == GEARMAN_SUCCESS, "gearman_client_do");
  }
  void Many(uint64_t items) {
    gearman_return_t result = GEARMAN_SUCCESS;
    for (uint64_t i = 0; i < items; ++i) {
      gearman_client_add_task(client_, nullptr, nullptr, "no-op", nullptr, bytes_.data(),
                              bytes_.size(), &result);
    }
    limit::Must(gearman_client_run_tasks(client_) == GEARMAN_SUCCESS, "gearman_client_run_tasks");
    gearman_client_task_free_all(client_);
  }

 private:
  const std::string bytes_;
  gearman_client_st* const client_;
};

}  // namespace
}  // namespace billiard::benchmarks

int main(int argc, char** argv) {
  using namespace billiard;
  using namespace billiard::benchmarks;
  const Arguments arguments(argc, argv, {{"workers", 2}, {"bytes", 64}, {"in_flight", 256}});
  const in_port_t port = FreePort();
  limit::Child daemon([&] {
    const std::string number = std::to_string(port);
    execlp("gearmand", "gearmand", "--listen", kHost, "--port", number.c_str(), "--log-file",
           "none", nullptr);
    _exit(1);
  });
  const bool apply = arguments.workload() == "apply";
  std::vector<limit::Child> workers;
  for (int i = 0; i < (apply ? 1 : arguments.Int("workers")); ++i) {
    workers.emplace_back([&] { Work(port); });
  }
  JobClient client(port, arguments.Size("bytes"));
  client.Apply();
  if (apply) {
    Report("apply", "", Latency(arguments.seconds(), [&] { client.Apply(); }));
    return 0;
  }
  const uint64_t window = arguments.Size("in_flight");
  Report("pool", "", Throughput(arguments.seconds(), window, [&](uint64_t items) {
           for (; items > window; items -= window) client.Many(window);
           client.Many(items);
         }));
}
