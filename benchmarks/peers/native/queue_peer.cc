// Queues between two processes of the peers in C and C++. Built by tools/bench-setup, which leaves out what
// has no headers here: WITH_BOOST, WITH_ZEROMQ.
//   queue_peer boost.interprocess|posix_mq|zeromq queue|ping_pong [--bytes=64] [--seconds=0.3]
#include <fcntl.h>
#include <mqueue.h>

#include <cerrno>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "benchmarks/harness/arguments.h"
#include "benchmarks/harness/measure.h"
#include "benchmarks/harness/report.h"
#include "benchmarks/limit/bare.h"

#ifdef WITH_BOOST
#include <boost/interprocess/ipc/message_queue.hpp>
#endif
#ifdef WITH_ZEROMQ
#include <zmq.h>
#endif

namespace billiard::benchmarks {
namespace {

// One direction. It is made before the fork and used on one side by each process.
class Pipe {
 public:
  virtual ~Pipe() = default;
  virtual void Put(const std::vector<char>& data) = 0;
  virtual void Get(std::vector<char>* data) = 0;
};

std::string UniqueName(const char* part) {
  return "/billiard-bench-" + std::to_string(getpid()) + "-" + part;
}

class PosixQueue final : public Pipe {
 public:
  PosixQueue(const char* part, size_t bytes) {
    mq_attr attributes = {};
    attributes.mq_maxmsg = 10;  // what the system allows everybody
    attributes.mq_msgsize = static_cast<long>(bytes);
    const std::string name = UniqueName(part);
    queue_ = mq_open(name.c_str(), O_CREAT | O_EXCL | O_RDWR, 0600, &attributes);
    limit::Must(queue_ >= 0, "mq_open");
    mq_unlink(name.c_str());
  }
  void Put(const std::vector<char>& data) override {
    limit::Must(mq_send(queue_, data.data(), data.size(), 0) == 0, "mq_send");
  }
  void Get(std::vector<char>* data) override {
    limit::Must(mq_receive(queue_, data->data(), data->size(), nullptr) >= 0, "mq_receive");
  }

 private:
  mqd_t queue_;
};

#ifdef WITH_BOOST
class BoostQueue final : public Pipe {
 public:
  BoostQueue(const char* part, size_t bytes)
      : name_(UniqueName(part).substr(1)),
        queue_(boost::interprocess::create_only, name_.c_str(), bytes > 65536 ? 16 : 1000, bytes) {
    boost::interprocess::message_queue::remove(name_.c_str());
  }
  void Put(const std::vector<char>& data) override { queue_.send(data.data(), data.size(), 0); }
  void Get(std::vector<char>* data) override {
    boost::interprocess::message_queue::size_type size;
    unsigned priority;
    queue_.receive(data->data(), data->size(), size, priority);
  }

 private:
  const std::string name_;
  boost::interprocess::message_queue queue_;
};
#endif

#ifdef WITH_ZEROMQ
// A context does not survive a fork: each side makes its own with its first call.
class ZeroMqQueue final : public Pipe {
 public:
  ZeroMqQueue(const char* part, size_t) : address_("ipc://@" + UniqueName(part).substr(1)) {}
  void Put(const std::vector<char>& data) override {
    limit::Must(zmq_send(Socket(ZMQ_PUSH), data.data(), data.size(), 0) >= 0, "zmq_send");
  }
  void Get(std::vector<char>* data) override {
    limit::Must(zmq_recv(Socket(ZMQ_PULL), data->data(), data->size(), 0) >= 0, "zmq_recv");
  }

 private:
  void* Socket(int type) {
    if (socket_ != nullptr) return socket_;
    socket_ = zmq_socket(zmq_ctx_new(), type);
    const int good = type == ZMQ_PULL ? zmq_bind(socket_, address_.c_str())
                                      : zmq_connect(socket_, address_.c_str());
    limit::Must(good == 0, "zmq_bind or zmq_connect");
    return socket_;
  }
  const std::string address_;
  void* socket_ = nullptr;
};
#endif

std::unique_ptr<Pipe> Make(const std::string& kind, const char* part, size_t bytes) {
  if (kind == "posix_mq") return std::make_unique<PosixQueue>(part, bytes);
#ifdef WITH_BOOST
  if (kind == "boost.interprocess") return std::make_unique<BoostQueue>(part, bytes);
#endif
#ifdef WITH_ZEROMQ
  if (kind == "zeromq") return std::make_unique<ZeroMqQueue>(part, bytes);
#endif
  fprintf(stderr, "there is no %s in this build\n", kind.c_str());
  exit(2);
}

void Queue(const std::string& kind, const Arguments& arguments) {
  const size_t bytes = arguments.Size("bytes");
  const auto pipe = Make(kind, "queue", bytes);
  limit::Child producer([&] {
    const std::vector<char> data(bytes, 'x');
    for (;;) pipe->Put(data);
  });
  std::vector<char> data(bytes);
  Report("queue", "", Throughput(arguments.seconds(), 100, [&](uint64_t items) {
           for (uint64_t i = 0; i < items; ++i) pipe->Get(&data);
         }));
}

void PingPong(const std::string& kind, const Arguments& arguments) {
  const size_t bytes = arguments.Size("bytes");
  const auto there = Make(kind, "there", bytes), back = Make(kind, "back", bytes);
  limit::Child other([&] {
    std::vector<char> data(bytes);
    for (;;) {
      there->Get(&data);
      back->Put(data);
    }
  });
  std::vector<char> data(bytes, 'x');
  Report("ping_pong", "", Latency(arguments.seconds(), [&] {
           there->Put(data);
           back->Get(&data);
         }));
}

}  // namespace
}  // namespace billiard::benchmarks

int main(int argc, char** argv) {
  using namespace billiard::benchmarks;
  if (argc < 3) {
    fprintf(stderr, "usage: queue_peer ENGINE queue|ping_pong [--name=number]...\n");
    return 2;
  }
  const Arguments arguments(argc - 1, argv + 1, {{"bytes", 64}});
  if (arguments.workload() == "queue") {
    Queue(argv[1], arguments);
  } else {
    PingPong(argv[1], arguments);
  }
}
